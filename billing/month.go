package billing

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"whoseline/models"
)

// MonthStatement is what a month did to a business's money. Money that is held counts as the business's until it is captured: opening and what
// came and went make closing.
type MonthStatement struct {
	BusinessID  string
	From, To    time.Time // in the business's zone
	Opening     int64
	TopUps      int64
	Captured    int64
	Refunded    int64
	Adjusted    int64 // less than 0 = it was taken
	Closing     int64
	Lines       []MonthLine
	Unsettled   int64 // held at the end of the month
	Provisional bool  // the month is not over
}

// MonthLine is what was captured, or given back, for one product, outcome and key.
type MonthLine struct {
	Kind    models.TransferKind // Capture or Refund
	Product Product
	Outcome string
	KeyID   string // "" = no key: a message
	Count   int64
	Amount  int64
}

// ParseMonth reads a month such as 2026-12, and gives when it begins and ends in a zone. Errors: models.Invalid.
func ParseMonth(text string, zone *time.Location) (from, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", text, zone)
	if err != nil || from.Year() < 1970 || from.Year() > 2100 {
		return from, to, models.BadField("month", "month must be one such as 2026-12")
	}
	return from, from.AddDate(0, 1, 0), nil
}

// take counts the sum of one kind of transfers: those of the month, and those after it, which lead back from the wallet as it is now.
func (m *MonthStatement) take(r kindSum) {
	if r.Debit == models.Available && r.Kind == models.Adjustment {
		r.Amount = -r.Amount
	}
	came, held := r.Amount, int64(0)
	switch r.Kind {
	case models.Hold:
		came, held = 0, r.Amount
	case models.Release:
		came, held = 0, -r.Amount
	case models.Capture:
		came, held = -r.Amount, -r.Amount
	}
	m.Opening -= came
	if r.After {
		m.Closing, m.Unsettled = m.Closing-came, m.Unsettled-held
		return
	}
	switch r.Kind {
	case models.TopUp:
		m.TopUps += r.Amount
	case models.Capture:
		m.Captured += r.Amount
	case models.Refund:
		m.Refunded += r.Amount
	case models.Adjustment:
		m.Adjusted += r.Amount
	}
}

// WriteCSV writes a statement for spreadsheets: amounts in kobo, one line for each figure.
func (m MonthStatement) WriteCSV(to io.Writer) error {
	w := csv.NewWriter(to)
	figure := func(name string, amount int64) []string {
		return []string{name, "", "", "", "", strconv.FormatInt(amount, 10)}
	}
	rows := [][]string{
		{"figure", "product", "outcome", "key", "count", "kobo"},
		figure("opening", m.Opening), figure("top_ups", m.TopUps), figure("captured", -m.Captured), figure("refunded", m.Refunded),
		figure("adjusted", m.Adjusted), figure("closing", m.Closing), figure("of_it_held", m.Unsettled),
	}
	for _, l := range m.Lines {
		rows = append(rows, []string{
			string(l.Kind), string(l.Product), l.Outcome, l.KeyID, strconv.FormatInt(l.Count, 10), strconv.FormatInt(l.Amount, 10),
		})
	}
	return w.WriteAll(rows)
}
