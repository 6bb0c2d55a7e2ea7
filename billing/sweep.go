package billing

import (
	"context"
	"fmt"

	"whoseline/models"
)

// sweepBatch bounds how many forgotten lookups one pass settles.
const sweepBatch = 500

// Abandon ends a lookup that its gateway left behind, and releases its hold. ErrAlreadySettled: it has ended otherwise.
type Abandon func(ctx context.Context, l *models.Lookup) error

// Sweep releases the holds of lookups and charges that nobody works on any more, because their gateway died: those still
// open after their expiry. It also forgets expired idempotency keys. It may run in every gateway at once; a lookup is
// settled once. What becomes of one says abandon. It returns how many holds it released.
func (t *Till) Sweep(ctx context.Context, abandon Abandon) (int, error) {
	swept := 0
	for {
		var left []models.Lookup
		err := t.Read.WithContext(ctx).Where("status = 'open' AND expires_at < ?", t.World.Now()).
			Order("expires_at").Limit(sweepBatch).Find(&left).Error
		if err != nil {
			return swept, fmt.Errorf("look for forgotten holds: %w", err)
		}
		done, err := t.release(ctx, left, abandon)
		if swept += done; err != nil {
			return swept, err
		}
		if len(left) < sweepBatch {
			break
		}
	}
	charges, err := t.sweepCharges(ctx)
	t.metrics.swept.Add(float64(charges))
	if swept += charges; err != nil {
		return swept, err
	}
	return swept, t.forgetKeys(ctx)
}

// release ends forgotten lookups together: they share the till's batches like everybody else.
func (t *Till) release(ctx context.Context, left []models.Lookup, abandon Abandon) (int, error) {
	results := make(chan error, len(left))
	for i := range left {
		go func() { results <- abandon(ctx, &left[i]) }()
	}
	done, failed := 0, error(nil)
	for range left {
		switch err := <-results; {
		case err == nil:
			done++
		case models.CodeOf(err) != models.Conflict:
			failed = fmt.Errorf("release a forgotten hold: %w", err)
		}
	}
	t.metrics.swept.Add(float64(done))
	return done, failed
}

// keyBatch bounds how many expired keys one statement forgets.
const keyBatch = 10_000

func (t *Till) forgetKeys(ctx context.Context) error {
	for now, gone := t.World.Now(), int64(keyBatch); gone == keyBatch; {
		done := t.DB.WithContext(ctx).Exec(`DELETE FROM idempotency_keys WHERE (business_id, key) IN
			(SELECT business_id, key FROM idempotency_keys WHERE expires_at < ? LIMIT ?)`, now, keyBatch)
		if gone = done.RowsAffected; done.Error != nil {
			return fmt.Errorf("forget idempotency keys: %w", done.Error)
		}
	}
	return nil
}
