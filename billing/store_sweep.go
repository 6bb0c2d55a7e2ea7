package billing

import (
	"context"
	"fmt"

	"whoseline/models"
)

// forgottenHolds gives lookups that are open though their time is over, at most sweepBatch.
func (t *Till) forgottenHolds(ctx context.Context) (left []models.Lookup, err error) {
	err = t.readAll(ctx).Where("status = 'open' AND expires_at < ?", t.world.Now()).
		Order("expires_at").Limit(sweepBatch).Find(&left).Error
	return left, err
}

// keyBatch bounds how many expired keys one statement forgets.
const keyBatch = 10_000

func (t *Till) forgetKeys(ctx context.Context) error {
	for now, gone := t.world.Now(), int64(keyBatch); gone == keyBatch; {
		done := t.all(ctx).Exec(`DELETE FROM idempotency_keys WHERE (business_id, key) IN
			(SELECT business_id, key FROM idempotency_keys WHERE expires_at < ? LIMIT ?)`, now, keyBatch)
		if gone = done.RowsAffected; done.Error != nil {
			return fmt.Errorf("forget idempotency keys: %w", done.Error)
		}
	}
	return nil
}
