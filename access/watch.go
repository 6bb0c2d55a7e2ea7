package access

import (
	"context"
	"fmt"
	"time"
)

const (
	pollEvery    = time.Second
	pollDeadline = 2 * time.Second
	trustFor     = 5 * time.Second // without a successful poll the cache is not believed any longer
)

// Watch polls for changes that other processes made, once a second, until ctx ends; the channel closes then. What is
// remembered is used only while polls succeed: without Watch every request reads the database.
func (k *Keys) Watch(ctx context.Context) (stopped <-chan struct{}) {
	done := make(chan struct{})
	k.pollAndReport(ctx, false)
	go func() {
		defer close(done)
		ticker := time.NewTicker(pollEvery)
		defer ticker.Stop()
		failing := false
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				failing = k.pollAndReport(ctx, failing)
			}
		}
	}()
	return done
}

// pollAndReport logs when polling begins to fail and when it succeeds again, not each time.
func (k *Keys) pollAndReport(ctx context.Context, failing bool) bool {
	err := k.Refresh(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil && !failing:
		k.log.Warn("access: changes cannot be polled, every request will read the database", "error", err)
	case err == nil && failing:
		k.log.Info("access: changes are polled again")
	}
	return err != nil
}

// Refresh looks once whether anything changed elsewhere. After it returns without an error, no answer of this process
// is older than the call.
func (k *Keys) Refresh(ctx context.Context) error {
	asked := k.world.Now()
	own, cancel := context.WithTimeout(ctx, pollDeadline)
	defer cancel()
	epoch, err := k.store.epoch(own)
	if err != nil {
		return fmt.Errorf("poll access epoch: %w", err)
	}
	if k.epoch.Swap(epoch) != epoch {
		k.flush()
	}
	k.polled.Store(&asked)
	return nil
}

// trusted tells whether what is remembered may be used: the last poll is recent. A clock that was set back by more
// than that makes it doubtful too.
func (k *Keys) trusted(now time.Time) bool {
	polled := k.polled.Load()
	if polled == nil {
		return false
	}
	age := now.Sub(*polled)
	return age < trustFor && age > -trustFor
}

// flush forgets everything that was remembered, except which tokens were good.
func (k *Keys) flush() { k.seen.Store(new(memory)) }
