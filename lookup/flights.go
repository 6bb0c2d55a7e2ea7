package lookup

import (
	"context"
	"sync"
	"time"
)

// flightPatience bounds the wait for an equal lookup: after it one asks for oneself. It is never more than a quarter of
// the lease.
const flightPatience = 15 * time.Second

// flights are the questions that sources are being asked for right now.
type flights struct {
	mu   sync.Mutex
	open map[string]chan struct{}
}

// enter waits while an equal question is under way, so long at the most. Whoever did not have to wait holds up those who
// come after until leave; those go on all at once.
func (f *flights) enter(ctx context.Context, name string, most time.Duration) (leave func()) {
	f.mu.Lock()
	ahead, busy := f.open[name]
	if !busy {
		defer f.mu.Unlock()
		mine := make(chan struct{})
		if f.open == nil {
			f.open = map[string]chan struct{}{}
		}
		f.open[name] = mine
		return sync.OnceFunc(func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.open, name)
			close(mine)
		})
	}
	f.mu.Unlock()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ahead:
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {}
}
