package possession

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"whoseline/models"
)

// Bounds of a group. A batch is a power of two, so that its statements have few forms.
const (
	maxBatch   = 64
	maxWaiting = 4096
)

// group lets callers share transactions. What is asked while one is under way goes into the next, together. Nobody waits for
// company: a caller who finds nothing under way begins at once, and does the work itself.
type group[T any] struct {
	run     func([]*T)      // does the work of some; each keeps its own outcome
	key     func(*T) string // two of the same key do not share a transaction; "" = they may
	fail    func(*T, error) // ends one that could not be done
	mu      sync.Mutex
	waiting []*ticket[T]
	busy    bool
}

type ticket[T any] struct {
	work  *T
	taken bool
	done  chan struct{}
}

// do has the work done. A caller may leave as long as it is not begun; after that do waits for its end.
func (g *group[T]) do(ctx context.Context, work *T) error {
	t := &ticket[T]{work: work, done: make(chan struct{})}
	g.mu.Lock()
	if len(g.waiting) >= maxWaiting {
		g.mu.Unlock()
		return errCrowded
	}
	g.waiting = append(g.waiting, t)
	lead := !g.busy
	g.busy = true
	g.mu.Unlock()
	if lead && g.round() {
		go g.drain()
	}
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
	}
	if g.withdraw(t) {
		return left(ctx)
	}
	<-t.done
	return nil
}

// errCrowded refuses what would wait for too long.
var errCrowded = &models.Error{Code: models.Unavailable, Message: "too much waits for the database", RetryAfter: time.Second}

// left tells why something was not begun: its caller has gone, or its turn did not come in time.
func left(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errCrowded
	}
	return ctx.Err()
}

// drain goes on for as long as somebody waits.
func (g *group[T]) drain() {
	for g.round() {
	}
}

// round does one batch, and tells whether more may wait.
func (g *group[T]) round() bool {
	batch := g.take()
	if len(batch) == 0 {
		return false
	}
	work := make([]*T, len(batch))
	for i, t := range batch {
		work[i] = t.work
	}
	g.guarded(work)
	for _, t := range batch {
		close(t.done)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy = len(g.waiting) > 0
	return g.busy
}

// guarded runs a batch. A panic in it is a fault of all in it, and of nobody else.
func (g *group[T]) guarded(work []*T) {
	defer func() {
		if p := recover(); p != nil {
			for _, w := range work {
				g.fail(w, models.Fault(fmt.Errorf("panic: %v\n%s", p, debug.Stack())))
			}
		}
	}()
	g.run(work)
}

// take takes those that have waited longest: no two of one key, and a power of two of them.
func (g *group[T]) take() (batch []*ticket[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	keys := make(map[string]bool, maxBatch)
	for _, t := range g.waiting {
		if key := g.key(t.work); key == "" || !keys[key] {
			keys[key] = true
			batch = append(batch, t)
		}
		if len(batch) == maxBatch {
			break
		}
	}
	most := 1
	for 2*most <= len(batch) {
		most *= 2
	}
	batch = batch[:min(most, len(batch))]
	for _, t := range batch {
		t.taken = true
	}
	rest := g.waiting[:0]
	for _, t := range g.waiting {
		if !t.taken {
			rest = append(rest, t)
		}
	}
	clear(g.waiting[len(rest):])
	g.waiting = rest
	if len(batch) == 0 {
		g.busy = false
	}
	return batch
}

// withdraw takes back what is not begun.
func (g *group[T]) withdraw(t *ticket[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.taken {
		return false
	}
	for i, w := range g.waiting {
		if w == t {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			break
		}
	}
	return true
}
