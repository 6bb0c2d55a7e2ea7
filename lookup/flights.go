package lookup

import (
	"context"
	"sync"
	"time"
)

// flightPatience bounds the wait for an equal lookup. After it the lookup asks for itself. The wait is never more than a
// quarter of the lease.
const flightPatience = 15 * time.Second

// flights are the questions that sources are asked right now.
type flights struct {
	mu   sync.Mutex
	open map[string]chan struct{}
}

// enter waits while an equal question is asked, but no longer than most. The first caller does not wait. The others
// wait until it calls leave, and then go on, all at once.
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
