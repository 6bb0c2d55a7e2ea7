package providers

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// throttle keeps to the rate that a vendor allows. A vendor that says we are too fast halves it, down to a sixteenth;
// each answer gives a little back. A nil one has no limit.
type throttle struct {
	limiter *rate.Limiter
	full    rate.Limit
}

func newThrottle(perSecond float64) *throttle {
	if perSecond <= 0 {
		return nil
	}
	full := rate.Limit(perSecond)
	return &throttle{limiter: rate.NewLimiter(full, int(math.Ceil(perSecond))), full: full}
}

func (t *throttle) allow(now time.Time) bool { return t == nil || t.limiter.AllowN(now, 1) }

// learn draws from an outcome how fast we may be.
func (t *throttle) learn(m measure, now time.Time) {
	if t == nil {
		return
	}
	was := t.limiter.Limit()
	switch {
	case m == slows:
		t.limiter.SetLimitAt(now, max(was/2, t.full/16))
	case m == clears && was < t.full:
		t.limiter.SetLimitAt(now, min(was+t.full/32, t.full))
	}
}
