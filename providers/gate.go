package providers

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"whoseline/models"
)

// gate stands before whoever is asked over the network, a source as well as a carrier of messages. From the outside in:
// rate limit, bulkhead and, for whoever has entered, the breaker.
type gate struct {
	throttle *throttle     // nil = none
	slots    chan struct{} // one place for each question that may be under way
	wait     time.Duration // for such a place
	breaker  *breaker      // nil = none
	now      func() time.Time
}

func newGate(name string, l Limits, o RouterOptions) gate {
	g := gate{throttle: newThrottle(l.Rate), slots: make(chan struct{}, l.MaxInflight), wait: o.BulkheadWait, now: o.Now}
	if !o.Breakerless {
		g.breaker = newBreaker(name, o, readyToTrip)
	}
	return g
}

// enter takes a place, waiting for one if all are taken. A refusal says why there is none; our own rate limit counts as a
// full bulkhead, because rate_limited is what the far side says.
func (g *gate) enter(ctx context.Context, patience time.Duration) (waited time.Duration, refusal models.Outcome) {
	if !g.throttle.allow(g.now()) {
		return 0, models.OutcomeBulkheadFull
	}
	select {
	case g.slots <- struct{}{}:
		return 0, ""
	default:
	}
	since := g.now()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		return g.now().Sub(since), ""
	case <-timer.C:
		return 0, models.OutcomeBulkheadFull
	case <-ctx.Done():
		return 0, models.OutcomeCanceled
	}
}

func (g *gate) leave() { <-g.slots }

// causeOf says why whoever was asked panicked. The panic's own text may hold what it was working on, so only a runtime
// error's text is told; of anything else, its type.
func causeOf(thrown any) string {
	if fault, ok := thrown.(runtime.Error); ok {
		return fault.Error()
	}
	return fmt.Sprintf("%T", thrown)
}
