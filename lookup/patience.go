package lookup

import (
	"context"
	"time"
)

// How long a caller waits for the settlement that its answer needs. The settlement is made also after that.
const (
	settleWithin  = 10 * time.Second // longer than for what comes before, which the request's own deadline bounds
	settleAtLeast = time.Second      // also where the sources have taken all the time
)

// patient gives the context of what a caller waits for in all.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	own := context.WithoutCancel(ctx)
	if until, has := ctx.Deadline(); has {
		return context.WithDeadline(own, until.Add(settleWithin))
	}
	return context.WithTimeout(own, 15*time.Second+settleWithin)
}

// waiting gives the context of waiting for a turn's settlement.
func (t *turn) waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	switch {
	case t.caller == nil:
		return context.WithCancel(ctx)
	case t.caller.patience.Err() != nil:
		return context.WithTimeout(context.WithoutCancel(ctx), settleAtLeast)
	}
	return context.WithCancel(t.caller.patience)
}
