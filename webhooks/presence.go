package webhooks

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	watchEvery    = time.Second
	watchDeadline = 2 * time.Second
	trustFor      = 3 * time.Second // without a successful poll what is remembered is not believed any longer
	maxRemembered = 50_000          // businesses
)

// presence remembers which businesses have an endpoint that is enabled, by environment.
type presence struct {
	seen   atomic.Pointer[generation]
	epoch  atomic.Int64
	polled atomic.Pointer[time.Time]
}

// generation is what was read since the epoch last moved. A flush replaces it as a whole: a read that began before the
// flush ends in the discarded one.
type generation struct {
	mu    sync.RWMutex
	known map[string]bool
}

func (g *generation) get(businessID string) (has, known bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	has, known = g.known[businessID]
	return has, known
}

// put remembers a business. When there are too many, an arbitrary other one is forgotten.
func (g *generation) put(businessID string, has bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = make(map[string]bool)
	}
	for other := range g.known {
		if len(g.known) < maxRemembered {
			break
		}
		delete(g.known, other)
	}
	g.known[businessID] = has
}

func (p *presence) flush() { p.seen.Store(new(generation)) }

// HasEndpoint tells whether a business wants to be told of lookups of an environment. It answers from memory, which is about a second
// old, while Run polls for changes; else it asks the database. When that cannot say, the answer is yes: an event that
// nobody wants is harmless, one that is missing is not.
func (s *Service) HasEndpoint(ctx context.Context, businessID string, sandbox bool) bool {
	now, g, key := s.world.Now(), s.presence.seen.Load(), businessID
	if sandbox {
		key += " sandbox" // no id has a space
	}
	if s.presence.trusted(now) {
		if has, known := g.get(key); known {
			return has
		}
	}
	own, cancel := context.WithTimeout(ctx, watchDeadline)
	defer cancel()
	has, err := s.anyEnabled(own, businessID, sandbox)
	if err != nil {
		return true
	}
	g.put(key, has)
	return has
}

// trusted tells whether the last poll is recent. A clock that was set back makes it doubtful too.
func (p *presence) trusted(now time.Time) bool {
	polled := p.polled.Load()
	if polled == nil {
		return false
	}
	age := now.Sub(*polled)
	return age < trustFor && age > -trustFor
}

// Refresh looks once whether an endpoint was changed elsewhere. Run does so every second.
func (s *Service) Refresh(ctx context.Context) error {
	asked := s.world.Now()
	own, cancel := context.WithTimeout(ctx, watchDeadline)
	defer cancel()
	now, err := s.readEpoch(own)
	if err != nil {
		return fmt.Errorf("poll webhook epoch: %w", err)
	}
	if s.presence.epoch.Swap(now) != now {
		s.presence.flush()
	}
	s.presence.polled.Store(&asked)
	return nil
}

func (s *Service) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	failing := false
	for {
		err := s.Refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Warn("webhooks: changes cannot be polled, the database is asked each time", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
