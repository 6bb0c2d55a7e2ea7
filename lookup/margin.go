package lookup

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"whoseline/models"
)

// Span is a time from From, inclusive, to To, exclusive. A zero one is not bounded.
type Span struct{ From, To time.Time }

// Margin is what one source has brought in and cost, in minor units. What it cost in another currency than the wallets'
// has a row of its own, with no revenue and no margin.
type Margin struct {
	Source   string `json:"source"`
	Currency string `json:"currency"`
	Asked    int64  `json:"asked"`    // exchanges
	Billed   int64  `json:"billed"`   // of them
	Unsure   int64  `json:"unsure"`   // may have been billed
	Answered int64  `json:"answered"` // lookups that it ended, found or not
	Revenue  int64  `json:"revenue"`  // captured for them
	Cost     int64  `json:"cost"`     // of what was billed
	MayCost  int64  `json:"mayCost"`  // of what may have been
	Margin   int64  `json:"margin"`   // revenue less cost
}

// Days reads a span of whole days, such as 2026-01-31, the last one included. Either may be left out. Errors:
// models.Invalid.
func Days(from, to string) (span Span, err error) {
	if from != "" {
		if span.From, err = time.Parse(time.DateOnly, from); err != nil {
			return span, models.BadField("from", "from must be a day such as 2026-01-31")
		}
	}
	if to != "" {
		if span.To, err = time.Parse(time.DateOnly, to); err != nil {
			return span, models.BadField("to", "to must be a day such as 2026-01-31")
		}
		span.To = span.To.AddDate(0, 0, 1)
	}
	if !span.To.IsZero() && !span.From.Before(span.To) {
		return span, models.BadField("from", "from must not be after to")
	}
	return span, nil
}

// Margins sums up what the stored lookups of live keys cost and brought in, by source. It reads every lookup of the span,
// one after the other.
func (s *Service) Margins(ctx context.Context, in Span) ([]Margin, error) {
	q := s.Read.WithContext(ctx).Model(&models.Lookup{}).Select("source", "status", "charged", "attempts").
		Where("sandbox = ?", false)
	if !in.From.IsZero() {
		q = q.Where("id >= ? AND requested_at >= ?", models.IDAt(in.From.Add(-clockSlack)), in.From)
	}
	if !in.To.IsZero() {
		q = q.Where("id < ? AND requested_at < ?", models.IDAt(in.To.Add(clockSlack)), in.To)
	}
	rows, err := q.Rows()
	if err != nil {
		return nil, fmt.Errorf("read the lookups: %w", err)
	}
	defer rows.Close()
	all := margins{}
	for rows.Next() {
		var l models.Lookup
		if err := s.Read.ScanRows(rows, &l); err != nil {
			return nil, fmt.Errorf("read a lookup: %w", err)
		}
		all.add(l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the lookups: %w", err)
	}
	return all.sorted(), nil
}

type marginKey struct{ source, currency string }

type margins map[marginKey]*Margin

func (m margins) of(source, currency string) *Margin {
	key := marginKey{source, cmp.Or(currency, models.Naira)}
	if m[key] == nil {
		m[key] = &Margin{Source: key.source, Currency: key.currency}
	}
	return m[key]
}

func (m margins) add(l models.Lookup) {
	if l.Status == models.Found || l.Status == models.NoneFound {
		answered := m.of(l.Source, "")
		answered.Answered++
		answered.Revenue += l.Charged
	}
	var attempts []models.Attempt
	if json.Unmarshal([]byte(l.Attempts), &attempts) != nil {
		return // open yet, or not what we wrote
	}
	for _, a := range attempts {
		if !a.Outcome.Asked() {
			continue
		}
		of := m.of(a.Source, a.Currency)
		of.Asked++
		switch a.Billed {
		case models.BilledYes:
			of.Billed++
			of.Cost += a.CostMinor
		case models.BilledUnknown:
			of.Unsure++
			of.MayCost += a.CostMinor
		}
	}
}

func (m margins) sorted() []Margin {
	list := make([]Margin, 0, len(m))
	for _, key := range slices.SortedFunc(maps.Keys(m), func(a, b marginKey) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.currency, b.currency))
	}) {
		one := *m[key]
		if key.currency == models.Naira {
			one.Margin = one.Revenue - one.Cost
		}
		list = append(list, one)
	}
	return list
}
