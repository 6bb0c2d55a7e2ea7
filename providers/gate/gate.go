// Package gate answers: may somebody be asked over the network now, and what came back?
//
// Whoever is asked stands behind a rate limit, a bulkhead and a breaker. Vendors are spoken to by one HTTP client, which
// never repeats what may have arrived.
package gate

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"whoseline/models"
)

// Gate stands before whoever is asked over the network, a source as well as a carrier of messages. From the outside in:
// rate limit, bulkhead and, for whoever has entered, the breaker.
type Gate struct {
	Throttle *Throttle     // nil = none
	slots    chan struct{} // one place for each question that may be under way
	Wait     time.Duration // for such a place
	Breaker  *Breaker      // nil = none
	Now      func() time.Time
}

// New makes one. The name is what its breaker is called.
func New(name string, l Limits, o Options) Gate {
	g := Gate{Throttle: newThrottle(l.Rate), slots: make(chan struct{}, l.MaxInflight), Wait: o.BulkheadWait, Now: o.Now}
	if !o.Breakerless {
		g.Breaker = newBreaker(name, o, readyToTrip)
	}
	return g
}

// Enter takes a place, waiting for one if all are taken. A refusal says why there is none; our own rate limit counts as a
// full bulkhead, because rate_limited is what the far side says.
func (g *Gate) Enter(ctx context.Context, patience time.Duration) (waited time.Duration, refusal models.Outcome) {
	if !g.Throttle.allow(g.Now()) {
		return 0, models.OutcomeBulkheadFull
	}
	select {
	case g.slots <- struct{}{}:
		return 0, ""
	default:
	}
	since := g.Now()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		return g.Now().Sub(since), ""
	case <-timer.C:
		return 0, models.OutcomeBulkheadFull
	case <-ctx.Done():
		return 0, models.OutcomeCanceled
	}
}

// Leave gives the place back.
func (g *Gate) Leave() { <-g.slots }

// CauseOf says why whoever was asked panicked. The panic's own text may hold what it was working on, so only a runtime
// error's text is told; of anything else, its type.
func CauseOf(thrown any) string {
	if fault, ok := thrown.(runtime.Error); ok {
		return fault.Error()
	}
	return fmt.Sprintf("%T", thrown)
}

// Sleep waits for a span, or until the context ends: then it gives its error.
func Sleep(ctx context.Context, span time.Duration) error {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
