package gate

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// Throttle keeps to the rate that a vendor allows. A vendor that says we are too fast halves it, down to a sixteenth;
// each answer gives a little back. A nil Throttle has no limit.
type Throttle struct {
	limiter *rate.Limiter
	full    rate.Limit
}

func newThrottle(perSecond float64) *Throttle {
	if perSecond <= 0 {
		return nil
	}
	full := rate.Limit(perSecond)
	return &Throttle{limiter: rate.NewLimiter(full, int(math.Ceil(perSecond))), full: full}
}

func (t *Throttle) allow(now time.Time) bool { return t == nil || t.limiter.AllowN(now, 1) }

// Learn adapts the rate to an outcome.
func (t *Throttle) Learn(m Measure, now time.Time) {
	if t == nil {
		return
	}
	was := t.limiter.Limit()
	switch {
	case m == Slows:
		t.limiter.SetLimitAt(now, max(was/2, t.full/16))
	case m == Clears && was < t.full:
		t.limiter.SetLimitAt(now, min(was+t.full/32, t.full))
	}
}
