package lookup

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"whoseline/models"
)

// Span is a time from From, inclusive, to To, exclusive. A zero one is not bounded.
type Span struct{ From, To time.Time }

// Margin is what one source has brought in and cost, in minor units. Costs in another currency than the wallets' have a
// row of their own, without revenue and margin.
type Margin struct {
	Source   string `json:"source"`
	Currency string `json:"currency"`
	Asked    int64  `json:"asked"`    // exchanges
	Billed   int64  `json:"billed"`   // of them
	Unsure   int64  `json:"unsure"`   // may have been billed
	Answered int64  `json:"answered"` // lookups that it ended, found or not
	Revenue  int64  `json:"revenue"`  // captured for them, less what was given back
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

type marginKey struct{ source, currency string }

type margins map[marginKey]*Margin

func (m margins) row(source, currency string) *Margin {
	key := marginKey{source, cmp.Or(currency, models.Naira)}
	if m[key] == nil {
		m[key] = &Margin{Source: key.source, Currency: key.currency}
	}
	return m[key]
}

func (m margins) add(l models.Lookup) {
	if l.Status == models.StatusFound || l.Status == models.StatusNotFound {
		answered := m.row(l.Source, "")
		answered.Answered++
		answered.Revenue += l.Charged - l.Refunded
	}
	var attempts []models.Attempt
	if json.Unmarshal([]byte(l.Attempts), &attempts) != nil {
		return // open yet, or not what we wrote
	}
	for _, a := range attempts {
		if !a.Outcome.Asked() {
			continue
		}
		of := m.row(a.Source, a.Currency)
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

// billedSum is what a vendor billed for exchanges that were noted alike.
type billedSum struct {
	Source, Currency, PaidIn string
	Billed                   models.Billed
	N, Cost, Amount          int64
}

// correct puts what was billed in the place of what was expected.
func (m margins) correct(b billedSum) {
	noted := m.row(b.Source, b.Currency)
	switch b.Billed {
	case models.BilledYes:
		noted.Billed -= b.N
		noted.Cost -= b.Cost
	case models.BilledUnknown:
		noted.Unsure -= b.N
		noted.MayCost -= b.Cost
	case models.BilledNo:
	}
	paid := m.row(b.Source, b.PaidIn)
	paid.Billed += b.N
	paid.Cost += b.Amount
}
