package billing

import (
	"context"
	"time"

	"whoseline/models"
)

// kindSum is the sum of the transfers of a kind, before the month or in it.
type kindSum struct {
	Kind   models.TransferKind
	Debit  models.Account
	Before bool
	Amount int64
}

const monthLines = `
SELECT t.kind, CASE WHEN c.id IS NOT NULL THEN 'message' WHEN l.advanced THEN 'phone_advanced' ELSE 'phone' END AS product,
	CASE WHEN c.id IS NOT NULL THEN 'accepted' ELSE coalesce(l.status, '') END AS outcome, coalesce(l.key_id, '') AS key_id,
	count(*) AS count, sum(t.amount) AS amount
FROM transfers t LEFT JOIN lookups l ON l.business_id = t.business_id AND l.id = t.reference
	LEFT JOIN charges c ON c.business_id = t.business_id AND c.id = t.reference
WHERE t.business_id = ? AND t.kind IN ('capture', 'refund') AND t.created_at >= ? AND t.created_at < ?
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`

// Month gives the statement of a business's month. A transfer belongs to the month of its time.
func (t *Till) Month(ctx context.Context, businessID string, from, to time.Time) (m MonthStatement, err error) {
	if _, err := t.Wallet(ctx, businessID); err != nil {
		return m, err
	}
	m = MonthStatement{BusinessID: businessID, From: from, To: to, Provisional: t.world.Now().Before(to)}
	from, to = from.UTC(), to.UTC()
	var sums []kindSum
	err = t.readOf(ctx, businessID).Raw(`SELECT kind, debit, created_at < ? AS before, sum(amount) AS amount FROM transfers
		WHERE business_id = ? AND created_at < ? GROUP BY 1, 2, 3`, from, businessID, to).Scan(&sums).Error
	if err != nil {
		return m, models.FaultIn("sum up the month", err)
	}
	for _, r := range sums {
		m.take(r)
	}
	err = t.readOf(ctx, businessID).Raw(monthLines, businessID, from, to).Scan(&m.Lines).Error
	return m, models.FaultIn("sum up the month's lookups", err)
}
