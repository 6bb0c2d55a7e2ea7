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
	if t.Hangs() > readBackWithin {
		return 0, errUnsaid // the next round comes when commits do
	}
	swept := 0
	for {
		left, err := t.forgottenHolds(ctx)
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
	charges, err := t.sweepMessages(ctx)
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
