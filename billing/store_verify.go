package billing

import (
	"context"

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
SELECT w.business_id, w.currency, w.available, w.held, w.seq, w.head, w.sealing,
	(SELECT coalesce(sum(held), 0) FROM lookups l WHERE l.business_id = w.business_id AND l.status IN ('open', 'pending')) +
		(SELECT coalesce(sum(amount), 0) FROM charges c WHERE c.business_id = w.business_id AND c.status = 'held') AS open,
	(SELECT coalesce(sum(charged), 0) FROM lookups l WHERE l.business_id = w.business_id) +
		(SELECT coalesce(sum(amount), 0) FROM charges c WHERE c.business_id = w.business_id AND c.status = 'captured') AS billed,
	(SELECT coalesce(min(seq), 0) FROM transfers t WHERE t.business_id = w.business_id AND t.seq > w.seq) AS beyond
FROM wallets w WHERE w.business_id = ?`

// snapshot reads a moment in one statement, so that nothing moves meanwhile and nobody has to wait.
func (t *Till) snapshot(ctx context.Context, businessID string) (m moment, err error) {
	err = t.of(ctx, businessID).Raw(momentStatement, businessID).Take(&m).Error
	return m, err
}

// recordsOf gives the lookups and the charges with some ids.
func (t *Till) recordsOf(ctx context.Context, businessID string, ids []string) (lookups []models.Lookup, charges []models.MessageCharge, err error) {
	mine := t.of(ctx, businessID).Where("business_id = ? AND id IN ?", businessID, ids)
	if err := mine.Session(&gorm.Session{}).Find(&lookups).Error; err != nil {
		return nil, nil, err
	}
	err = mine.Session(&gorm.Session{}).Find(&charges).Error
	return lookups, charges, err
}
