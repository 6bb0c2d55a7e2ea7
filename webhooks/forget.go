package webhooks

import (
	"context"
	"fmt"
	"time"
)

// forgetBatch bounds how many events one transaction deletes.
const forgetBatch = 500

// forgetWithin bounds one round.
const forgetWithin = 5 * time.Minute

// Forget deletes events, with their deliveries, that were made longer ago than Keep and of which nothing waits, and
// old secrets whose overlap is over. It gives how many events there were. It may run in every gateway at once.
//
// What is not done within forgetWithin is left for the next time.
func (s *Service) Forget(ctx context.Context) (deleted int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, forgetWithin)
	defer cancel()
	now := s.world.Now()
	if err := s.forgetSecrets(ctx, now); err != nil {
		return 0, fmt.Errorf("forget old webhook secrets: %w", err)
	}
	for {
		n, err := s.queue.forget(ctx, now.Add(-s.keep), forgetBatch)
		if deleted += n; err != nil {
			return deleted, fmt.Errorf("forget old webhook events: %w", err)
		}
		if n < forgetBatch {
			return deleted, nil
		}
	}
}

func (s *Service) forgetNowAndThen(ctx context.Context) {
	ticker := time.NewTicker(forgetEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if n, err := s.Forget(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("webhooks: retention", "err", err)
		} else if n > 0 {
			s.log.Info("webhooks: deleted old events", "events", n)
		}
	}
}
