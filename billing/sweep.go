package billing

import (
	"context"
	"fmt"

	"whoseline/models"
)

// sweepBatch bounds how many forgotten lookups one pass settles.
const sweepBatch = 500

// Interrupted is the reason of a lookup whose gateway died before a source had answered.
const Interrupted = "Interrupted before an answer"

// Sweep releases the holds of lookups and charges that nobody works on any more, because their gateway died: those still
// open after their expiry. It also forgets expired idempotency keys. It may run in every gateway at once; a lookup is
// settled once. It returns how many holds it released.
func (t *Till) Sweep(ctx context.Context) (int, error) {
	swept := 0
	for {
		var left []models.Lookup
		err := t.Read.WithContext(ctx).Where("status = 'open' AND expires_at < ?", t.World.Now()).
			Order("expires_at").Limit(sweepBatch).Find(&left).Error
		if err != nil {
			return swept, fmt.Errorf("look for forgotten holds: %w", err)
		}
		done, err := t.release(left)
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

// release settles forgotten lookups together: they share the till's batches like everybody else.
func (t *Till) release(left []models.Lookup) (int, error) {
	type result struct{ err error }
	results := make(chan result, len(left))
	for i := range left {
		l := &left[i]
		l.Status, l.Reason, l.Charged = models.FailedAway, Interrupted, 0
		l.AnsweredAt, l.ModifiedAt = t.World.Now(), t.World.Now()
		go func() {
			_, err := t.Settle(SettleOrder{Lookup: l})
			results <- result{err}
		}()
	}
	done, failed := 0, error(nil)
	for range left {
		switch r := <-results; {
		case r.err == nil:
			done++
		case models.CodeOf(r.err) != models.Conflict:
			failed = fmt.Errorf("release a forgotten hold: %w", r.err)
		}
	}
	t.metrics.swept.Add(float64(done))
	return done, failed
}

func (t *Till) forgetKeys(ctx context.Context) error {
	err := t.DB.WithContext(ctx).Exec(`DELETE FROM idempotency_keys WHERE (business_id, key) IN
		(SELECT business_id, key FROM idempotency_keys WHERE expires_at < ? LIMIT 10000)`, t.World.Now()).Error
	if err != nil {
		return fmt.Errorf("forget idempotency keys: %w", err)
	}
	return nil
}
