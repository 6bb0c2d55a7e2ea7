package lookup

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"whoseline/models"
)

// BillFile says how a vendor's bill is read. Columns go by the names in the header, whose case does not matter.
type BillFile struct {
	Source   string
	Ref      string // the column with the vendor's reference of an exchange
	Ours     string // the column with our lookup's id, if the vendor has it
	Amount   string // the column with what it costs, in major units such as 45.00
	Currency string // the column with the currency, or the currency itself
	At       string // the column with the day or time
	Days     Span   // that the bill is of; zero = from the first day in it to the last
}

// billBatch is how many lines, or exchanges, are written at once.
const billBatch = 500

// billLine is a line of a bill.
type billLine struct {
	Source   string `gorm:"primaryKey"`
	Bill     string `gorm:"primaryKey"`
	Line     int64  `gorm:"primaryKey;autoIncrement:false"`
	Ref      string
	Ours     string
	Amount   int64
	Currency string
	Exchange string
}

// TableName is the table of bills.
func (billLine) TableName() string { return "vendor_bill_lines" }

// exchangeRow is one exchange with a vendor, as a lookup's attempts tell of it.
type exchangeRow struct {
	ID       string `gorm:"primaryKey"` // the lookup's id and the number of the attempt
	Source   string
	Ref      string
	LookupID string
	At       time.Time
	Billed   models.Billed
	Cost     int64
	Currency string
}

// TableName is the table of exchanges.
func (exchangeRow) TableName() string { return "vendor_exchanges" }

// Bill is what came of holding a bill against the exchanges. Sums are in minor units; a line of another currency than its exchange counts as of
// another price.
type Bill struct {
	Bill     string `json:"bill"` // named by its content
	Source   string `json:"source"`
	Lines    int64  `json:"lines"`
	New      int64  `json:"new"` // that were not imported before
	Billed   int64  `json:"billed"`
	Expected int64  `json:"expected"` // by the exchanges of these days that cost something
	Days     Span   `json:"-"`

	Differences []BillSum `json:"differences"`
}

// The differences. All but settled are reasons for a dispute.
const (
	BillUnknown   = "unknown exchange" // nothing of ours fits
	BillTwice     = "billed twice"
	BillFree      = "costs nothing" // by the contract
	BillPrice     = "another price"
	BillSettled   = "settled" // nobody knew whether it would be billed: now it is known
	BillForgotten = "not billed"
)

// BillSum is how many lines or exchanges differ in one way, and by how much.
type BillSum struct {
	What   string `json:"what"`
	Count  int64  `json:"count"`
	Amount int64  `json:"amount"`
}

// BillDifference is one of them.
type BillDifference struct {
	What     string
	Line     int64 // 0 = it is on no line
	Ref      string
	LookupID string
	Amount   int64 // as billed
	Expected int64
	Currency string
}

// ImportBill reads a bill and holds it against the exchanges. The same file again changes nothing. Memory does not grow with the file.
// Errors: models.Invalid, which names the line.
func (s *Service) ImportBill(ctx context.Context, file io.ReadSeeker, f BillFile) (b Bill, err error) {
	if b.Bill, err = nameOf(file); err != nil {
		return b, err
	}
	b.Source, b.Days = f.Source, f.Days
	if err := s.importLines(ctx, file, f, &b); err != nil {
		return b, err
	}
	if b.Days.From.IsZero() {
		return b, models.BadField("from", "the bill names no days: say --from and --to")
	}
	if err := s.indexExchanges(ctx, b.Days, f.Source); err != nil {
		return b, models.FaultIn("read the exchanges", err)
	}
	return b, models.FaultIn("hold the bill against the exchanges", s.matchBill(ctx, &b))
}

// nameOf names a file by its content, and goes back to its beginning.
func nameOf(file io.ReadSeeker) (string, error) {
	sum := sha256.New()
	_, err := file.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.Copy(sum, file)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
}

func (s *Service) importLines(ctx context.Context, file io.Reader, f BillFile, b *Bill) error {
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	header, err := r.Read()
	if err != nil {
		return models.BadField("file", "the file is no CSV with a header")
	}
	at, err := f.columns(header)
	if err != nil {
		return err
	}
	var batch []billLine
	for {
		record, err := r.Read()
		over := errors.Is(err, io.EOF)
		if err != nil && !over {
			return models.BadField("file", err.Error())
		}
		if !over {
			b.Lines++
			line, day, err := f.line(record, at)
			if err != nil {
				return models.BadField("file", fmt.Sprintf("line %d: %s", b.Lines+1, err))
			}
			line.Bill, line.Line = b.Bill, b.Lines+1
			b.Billed += line.Amount
			b.stretch(f.Days, day)
			batch = append(batch, line)
		}
		if over || len(batch) == billBatch {
			n, err := s.writeLines(ctx, batch)
			if b.New += n; err != nil || over {
				return models.FaultIn("write the bill", err)
			}
			batch = batch[:0]
		}
	}
}

// stretch lets the bill's days reach a day, unless they were said.
func (b *Bill) stretch(said Span, day time.Time) {
	if !said.From.IsZero() || day.IsZero() {
		return
	}
	day = day.UTC().Truncate(24 * time.Hour)
	if b.Days.From.IsZero() || day.Before(b.Days.From) {
		b.Days.From = day
	}
	if next := day.AddDate(0, 0, 1); next.After(b.Days.To) {
		b.Days.To = next
	}
}

// billColumns are where the columns stand; -1 = there is none.
type billColumns struct{ ref, ours, amount, currency, at int }

func (f BillFile) columns(header []string) (c billColumns, err error) {
	find := func(name string) int {
		return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
	}
	c = billColumns{find(f.Ref), find(f.Ours), find(f.Amount), find(f.Currency), find(f.At)}
	if c.amount < 0 || c.ref < 0 && c.ours < 0 {
		return c, models.BadField("file", fmt.Sprintf("the header must have a column %q and one of %q and %q", f.Amount, f.Ref, f.Ours))
	}
	if c.currency < 0 && len(f.Currency) != 3 {
		return c, models.BadField("file", fmt.Sprintf("the header has no column %q", f.Currency))
	}
	return c, nil
}

func (f BillFile) line(record []string, c billColumns) (l billLine, day time.Time, err error) {
	text := func(at int) string {
		if at < 0 || at >= len(record) {
			return ""
		}
		return strings.Clone(strings.TrimSpace(record[at]))
	}
	l = billLine{Source: f.Source, Ref: text(c.ref), Ours: text(c.ours), Currency: strings.ToUpper(text(c.currency))}
	if c.currency < 0 {
		l.Currency = strings.ToUpper(f.Currency)
	}
	for _, field := range []string{l.Ref, l.Ours, l.Currency} {
		if err := models.CheckText("field", field); err != nil {
			return l, day, err
		}
	}
	if l.Amount, err = major(text(c.amount)); err != nil {
		return l, day, err
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text(c.at)); err == nil {
			return l, at, nil
		}
	}
	if text(c.at) != "" {
		return l, day, errors.New("the day is not like 2026-01-31")
	}
	return l, day, nil
}

// major reads an amount such as 45, 45.5 or 1,045.50 in minor units.
func major(text string) (int64, error) {
	whole, part, _ := strings.Cut(strings.ReplaceAll(text, ",", ""), ".")
	digits := whole + (part + "00")[:max(2, len(part))]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || len(part) > 2 || whole == "" || n < 0 || n > 1<<53 {
		return 0, errors.New("the amount is not like 45.00")
	}
	return n, nil
}
