package lookup

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"gorm.io/gorm/clause"

	"whoseline/models"
)

func (s *Service) writeLines(ctx context.Context, lines []billLine) (added int64, err error) {
	if len(lines) == 0 {
		return 0, nil
	}
	done := s.all(ctx).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&lines, 100)
	return done.RowsAffected, done.Error
}

// indexExchanges makes the rows of the exchanges that lookups of live keys had with a vendor in a time.
func (s *Service) indexExchanges(ctx context.Context, in Span, source string) error {
	last := models.Lookup{}
	for {
		var page []models.Lookup
		err := s.all(ctx).Select("business_id", "id", "attempts").
			Where("(business_id, id) > (?, ?) AND sandbox = ? AND id >= ? AND id < ?", last.BusinessID, last.ID, false,
				models.IDAt(in.From.Add(-clockSlack)), models.IDAt(in.To.Add(clockSlack))).
			Order("business_id, id").Limit(billBatch).Find(&page).Error
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1]
		if err := s.writeExchanges(ctx, page, source); err != nil {
			return err
		}
	}
}

func (s *Service) writeExchanges(ctx context.Context, page []models.Lookup, source string) error {
	var found []exchangeRow
	for _, l := range page {
		var attempts []models.Attempt
		if json.Unmarshal([]byte(l.Attempts), &attempts) != nil {
			continue // open yet
		}
		for i, a := range attempts {
			if a.Source == source && a.Outcome.Asked() {
				found = append(found, exchangeRow{
					l.BusinessID + "/" + l.ID + "/" + strconv.Itoa(i), source, a.Ref, l.ID, a.At.UTC(), a.Billed, a.CostMinor, a.Currency,
				})
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return s.all(ctx).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&found, 100).Error
}

// differences are the ways in which a line may differ from its exchange. A line is in one of them at most.
const billDifferences = `
SELECT CASE
	WHEN l.exchange = '' THEN 'unknown exchange'
	WHEN EXISTS (SELECT 1 FROM vendor_bill_lines o WHERE o.exchange = l.exchange AND o.source = l.source
		AND (o.bill < l.bill OR o.bill = l.bill AND o.line < l.line)) THEN 'billed twice'
	WHEN e.billed = 'unknown' THEN 'settled'
	WHEN e.billed <> 'yes' THEN 'costs nothing'
	WHEN e.cost <> l.amount OR e.currency <> l.currency THEN 'another price' ELSE '' END AS what,
	l.line, l.ref, coalesce(e.lookup_id, l.ours) AS lookup_id, l.amount, CASE WHEN e.billed = 'yes' THEN e.cost ELSE 0 END AS expected, l.currency
FROM vendor_bill_lines l LEFT JOIN vendor_exchanges e ON e.id = l.exchange WHERE l.source = @source AND l.bill = @bill
UNION ALL
SELECT 'not billed', 0, e.ref, e.lookup_id, 0, e.cost, e.currency FROM vendor_exchanges e
WHERE e.source = @source AND e.at >= @from AND e.at < @to AND e.billed = 'yes' AND NOT EXISTS (
	SELECT 1 FROM vendor_bill_lines l WHERE l.exchange = e.id)`

// matchBill finds the exchange of each line, by the vendor's reference and else by our lookup, and sums up what differs.
func (s *Service) matchBill(ctx context.Context, b *Bill) error {
	err := s.all(ctx).Exec(`UPDATE vendor_bill_lines SET exchange = coalesce(
		(SELECT min(e.id) FROM vendor_exchanges e WHERE e.source = vendor_bill_lines.source AND e.ref = vendor_bill_lines.ref AND e.ref <> ''),
		(SELECT min(e.id) FROM vendor_exchanges e WHERE e.source = vendor_bill_lines.source AND e.lookup_id = vendor_bill_lines.ours), '')
		WHERE source = ? AND bill = ? AND exchange = ''`, b.Source, b.Bill).Error
	if err != nil {
		return err
	}
	err = s.all(ctx).Raw(`SELECT what, count(*) AS count, sum(amount - expected) AS amount FROM (`+billDifferences+`) d
		WHERE what <> '' GROUP BY what ORDER BY what`, b.asked()).Scan(&b.Differences).Error
	if err != nil {
		return err
	}
	return s.all(ctx).Model(&exchangeRow{}).Select("coalesce(sum(cost), 0)").
		Where("source = ? AND at >= ? AND at < ? AND billed = ?", b.Source, b.Days.From, b.Days.To, models.BilledYes).Scan(&b.Expected).Error
}

func (b *Bill) asked() map[string]any {
	return map[string]any{"source": b.Source, "bill": b.Bill, "from": b.Days.From, "to": b.Days.To}
}

// Dispute gives each difference of a bill that was imported, one after the other.
func (s *Service) Dispute(ctx context.Context, b Bill, told func(d BillDifference) error) error {
	db := s.all(ctx)
	rows, err := db.Raw(`SELECT what, line, ref, lookup_id, amount, expected, currency FROM (`+billDifferences+`) d WHERE what NOT IN ('', 'settled') ORDER BY what, line, lookup_id`, b.asked()).Rows()
	if err != nil {
		return models.FaultIn("read the differences", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d BillDifference
		if err := db.ScanRows(rows, &d); err != nil {
			return fmt.Errorf("read a difference: %w", err)
		}
		if err := told(d); err != nil {
			return err
		}
	}
	return models.FaultIn("read the differences", rows.Err())
}

// correct puts the margins right by what vendors have billed for the exchanges of a time: the first line of each counts.
func (s *Service) correct(ctx context.Context, in Span, sum margins) error {
	q := s.readAll(ctx).Table("vendor_exchanges AS e").
		Select("e.source, e.currency, e.billed, count(*) AS n, sum(e.cost) AS cost, l.currency AS paid_in, sum(l.amount) AS amount").
		Joins("JOIN vendor_bill_lines l ON l.exchange = e.id").
		Where(`NOT EXISTS (SELECT 1 FROM vendor_bill_lines o WHERE o.exchange = l.exchange AND (o.bill < l.bill OR o.bill = l.bill AND o.line < l.line))`)
	if !in.From.IsZero() {
		q = q.Where("e.at >= ?", in.From)
	}
	if !in.To.IsZero() {
		q = q.Where("e.at < ?", in.To)
	}
	var rows []billedSum
	if err := q.Group("e.source, e.currency, e.billed, l.currency").Scan(&rows).Error; err != nil {
		return models.FaultIn("read the bills", err)
	}
	for _, r := range rows {
		sum.correct(r)
	}
	return nil
}
