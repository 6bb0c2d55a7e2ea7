// Package gate answers: may a vendor or a carrier be asked over the network now, and what came back?
//
// Each of them stands behind a rate limit, a bulkhead and a breaker. One HTTP client speaks with vendors, and never
// repeats what may have arrived.
package gate

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"whoseline/models"
)

// Gate stands before something that is asked over the network, a source or a carrier of messages. From the outside in:
// rate limit, bulkhead, breaker.
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

// Enter takes a place, and waits for one if all are taken. A refusal says why. Our own rate limit counts as a full
// bulkhead, because rate_limited means that the far side refused.
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

// CauseOf tells the cause of a panic of the far side's adapter. The panic's text may hold personal data, so only a
// runtime error's text is told; of anything else, its type.
func CauseOf(thrown any) string {
	if fault, ok := thrown.(runtime.Error); ok {
		return fault.Error()
	}
	return fmt.Sprintf("%T", thrown)
}

// Sleep waits for a span or until the context ends, whose error it then gives.
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
