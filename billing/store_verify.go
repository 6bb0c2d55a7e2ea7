package billing

import (
	"context"
	"database/sql"
	"encoding/json"

	"gorm.io/gorm"

	"whoseline/models"
)

// wallets gives the businesses that have a wallet, or the one that is named if it has.
func (t *Till) wallets(ctx context.Context, businessID string) (ids []string, err error) {
	q := t.all(ctx).Model(&models.Wallet{}).Order("business_id")
	if businessID != "" {
		q = q.Where("business_id = ?", businessID)
	}
	return ids, q.Pluck("business_id", &ids).Error
}

// reader reads a business's transfers.
func (t *Till) reader(ctx context.Context, businessID string) reader {
	return readerOf(t.of(ctx, businessID), businessID)
}

func readerOf(tx *gorm.DB, businessID string) reader {
	return func(after, upTo int64) (list []models.Transfer, err error) {
		return list, tx.Where("business_id = ? AND seq > ? AND seq <= ?", businessID, after, upTo).
			Order("seq").Limit(verifyPage).Find(&list).Error
	}
}

const momentStatement = `
SELECT w.business_id, w.currency, w.available, w.held, w.seq, w.head, w.sealing, w.free_seq, w.free_head,
	coalesce(l.open, 0) + (SELECT coalesce(sum(amount), 0) FROM charges c WHERE c.business_id = w.business_id AND c.status = 'held') AS open,
	coalesce(l.billed, 0) + (SELECT coalesce(sum(amount), 0) FROM charges c WHERE c.business_id = w.business_id AND c.status = 'captured') AS billed,
	(SELECT coalesce(min(seq), 0) FROM transfers t WHERE t.business_id = w.business_id AND t.seq > w.seq) AS beyond,
	(SELECT coalesce(min(seq), 0) FROM free_evidence f WHERE f.business_id = w.business_id AND f.seq > w.free_seq) AS free_beyond,
	(SELECT count(*) FROM corrections c WHERE c.business_id = w.business_id) AS corrections,
	coalesce(l.paid, 0) AS paid, coalesce(l.free, 0) AS free, coalesce(l.free_ended, 0) AS free_ended
FROM wallets w LEFT JOIN (
	SELECT business_id, sum(CASE WHEN status IN ('open', 'pending') THEN held ELSE 0 END) AS open, sum(charged - refunded) AS billed,
		sum(CASE WHEN held > 0 THEN 1 ELSE 0 END) AS paid, sum(CASE WHEN held = 0 THEN 1 ELSE 0 END) AS free,
		sum(CASE WHEN held = 0 AND status NOT IN ('open', 'pending') THEN 1 ELSE 0 END) AS free_ended
	FROM lookups WHERE business_id = @business GROUP BY business_id
) l ON l.business_id = w.business_id WHERE w.business_id = @business`

// snapshot reads a moment in one statement, so that nothing moves meanwhile and nobody has to wait.
func (t *Till) snapshot(ctx context.Context, businessID string) (m moment, err error) {
	err = t.of(ctx, businessID).Raw(momentStatement, sql.Named("business", businessID)).Take(&m).Error
	return m, err
}

// unpaid gives a lookup for which money is said to be held, though no transfer tells of it; "" when there is none.
func (t *Till) unpaid(ctx context.Context, businessID string) (id string, err error) {
	err = t.of(ctx, businessID).Raw(`SELECT coalesce(min(l.id), '') FROM lookups l WHERE l.business_id = ? AND l.held > 0 AND NOT EXISTS (
		SELECT 1 FROM transfers t WHERE t.business_id = l.business_id AND t.kind = 'hold' AND t.reference = l.id)`, businessID).Scan(&id).Error
	return id, err
}

// unsealed gives a free lookup that is not in its chain, or only in part; "" when there is none.
func (t *Till) unsealed(ctx context.Context, businessID string) (id string, err error) {
	err = t.of(ctx, businessID).Table("lookups AS l").Where(unsealedFree, businessID).Select("coalesce(min(l.id), '')").Scan(&id).Error
	return id, err
}

// freeSteps gives the evidence of a business's free lookups behind one number up to another.
func (t *Till) freeSteps(ctx context.Context, businessID string, after, upTo int64) (list []freeStep, err error) {
	return list, t.of(ctx, businessID).Where("business_id = ? AND seq > ? AND seq <= ?", businessID, after, upTo).Order("seq").Find(&list).Error
}

// recordsOf gives the lookups and the charges with some ids. Each id is sought in the primary key: a long list behind IN may be
// planned as a walk through all rows of a business.
func (t *Till) recordsOf(ctx context.Context, businessID string, ids []string) (lookups []models.Lookup, charges []models.MessageCharge, err error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, nil, err
	}
	from := t.listed(ctx, businessID, string(list))
	if err := from("lookups", "id").Find(&lookups).Error; err != nil {
		return nil, nil, err
	}
	return lookups, charges, from("charges", "id").Find(&charges).Error
}

// correctionsOf gives the corrections with some targets.
func (t *Till) correctionsOf(ctx context.Context, businessID string, targets []string) (corrections []models.Correction, err error) {
	list, err := json.Marshal(targets)
	if err != nil {
		return nil, err
	}
	kinds := []models.TransferKind{models.Refund, models.Adjustment}
	return corrections, t.listed(ctx, businessID, string(list))("corrections", "target").Where("kind IN ?", kinds).Find(&corrections).Error
}

// listed gives the rows of a table of which a column is in a list. Left to itself, PostgreSQL may walk through all rows of a
// business for a long list behind IN, and SQLite through the list for each row of a join.
func (t *Till) listed(ctx context.Context, businessID, list string) func(table, column string) *gorm.DB {
	db := t.of(ctx, businessID)
	return func(table, column string) *gorm.DB {
		if db.Name() == "sqlite" {
			return db.Where("business_id = ? AND "+column+" IN (SELECT value FROM json_each(?))", businessID, list)
		}
		each := "JOIN json_array_elements_text(CAST(? AS json)) AS o(value) ON " + table + "." + column + " = o.value"
		return db.Joins(each, list).Where("business_id = ?", businessID)
	}
}
