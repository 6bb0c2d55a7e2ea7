package billing

import (
	"context"
	"time"

	"whoseline/models"
)

// kindSum is the sum of the transfers of a kind, in the month or after it.
type kindSum struct {
	Kind   models.TransferKind
	Debit  models.Account
	After  bool
	Amount int64
}

const monthLines = `
SELECT t.kind, CASE WHEN c.id IS NOT NULL THEN 'message' WHEN l.advanced THEN 'phone_advanced' ELSE 'phone' END AS product,
	CASE WHEN c.id IS NOT NULL THEN 'accepted' ELSE coalesce(l.status, '') END AS outcome, coalesce(l.key_id, '') AS key_id,
	count(*) AS count, sum(t.amount) AS amount
FROM transfers t LEFT JOIN lookups l ON l.business_id = t.business_id AND l.id = t.reference
	LEFT JOIN charges c ON c.business_id = t.business_id AND c.id = t.reference
WHERE t.business_id = ? AND t.kind IN ('capture', 'refund') AND t.seq >= ? AND t.seq < ? AND t.created_at >= ? AND t.created_at < ?
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`

// Month gives the statement of a business's month. A transfer belongs to the month of its time. The entries from the month on are read, and
// no earlier ones: the balances lead back from the wallet as it is.
func (t *Till) Month(ctx context.Context, businessID string, from, to time.Time) (m MonthStatement, err error) {
	w, err := t.Wallet(ctx, businessID)
	if err != nil {
		return m, err
	}
	m = MonthStatement{
		BusinessID: businessID, From: from, To: to, Provisional: t.world.Now().Before(to),
		Opening: w.Available + w.Held, Closing: w.Available + w.Held, Unsettled: w.Held,
	}
	from, to = from.UTC(), to.UTC()
	db := t.readOf(ctx, businessID)
	first, err := entryAt(db, businessID, from.Add(-entrySlack))
	if err != nil {
		return m, models.FaultIn("find the month's first entry", err)
	}
	behind, err := entryAt(db, businessID, to.Add(entrySlack))
	if err != nil {
		return m, models.FaultIn("find the month's last entry", err)
	}
	var sums []kindSum
	err = db.Raw(`SELECT kind, debit, created_at >= ? AS after, sum(amount) AS amount FROM transfers
		WHERE business_id = ? AND seq >= ? AND seq <= ? AND created_at >= ? GROUP BY 1, 2, 3`, to, businessID, first, w.Seq, from).Scan(&sums).Error
	if err != nil {
		return m, models.FaultIn("sum up the month", err)
	}
	for _, r := range sums {
		m.take(r)
	}
	err = db.Raw(monthLines, businessID, first, min(behind, w.Seq+1), from, to).Scan(&m.Lines).Error
	return m, models.FaultIn("sum up the month's lookups", err)
}
