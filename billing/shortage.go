package billing

import (
	"context"
	"sync"
	"time"
)

// shortages remembers for which wallets a refusal was looked at, so that a business whose callers go on costs a transaction a minute
// and no more.
type shortages struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// The bounds of shortages.
const (
	shortagePause = time.Minute
	maxShortages  = 10_000
	// shortageWithin is short, as the caller who is refused waits for it.
	shortageWithin = 2 * time.Second
)

// first tells whether a refusal is the first one of the minute.
func (s *shortages) first(businessID string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, seen := s.seen[businessID]; seen && now.Sub(at) < shortagePause && !now.Before(at) {
		return false
	}
	if s.seen == nil || len(s.seen) >= maxShortages {
		s.seen = make(map[string]time.Time)
	}
	s.seen[businessID] = now
	return true
}

// Refused hears that something was refused to a business because its wallet has less than the price. The business is warned of it once,
// if it wants to be.
func (t *Till) Refused(businessID string, price int64) {
	if !t.refused.first(businessID, t.world.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), shortageWithin)
	defer cancel()
	if err := t.deplete(ctx, businessID, price); err != nil {
		t.log.Warn("till: could not note that a wallet is depleted", "business", businessID, "err", err)
	}
}
