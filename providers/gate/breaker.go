package gate

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// How long a breaker stays open: breakerPause the first time, then longer each time that its probes fail, at most
// breakerPause times the last of pauseGrowth. Up to a fifth more is added by chance, so that many gateways do not probe
// in step.
const (
	BreakerPause  = 10 * time.Second
	BreakerWindow = 30 * time.Second
	BreakerBucket = 3 * time.Second
	BreakerProbes = 3
)

var pauseGrowth = [...]float64{1, 2, 4, 6}

// breakerLongest is longer than any pause.
const breakerLongest = BreakerPause * 6 * 6 / 5

var (
	errFailed  = errors.New("failed")
	errIgnored = errors.New("ignored")
)

// Breaker stops asking a provider that fails. It opens after five failures in a row, or when half of at least ten
// judged exchanges within half a minute failed; three good probes close it again. A nil breaker lets everything through.
type Breaker struct {
	inner   *gobreaker.TwoStepCircuitBreaker[struct{}]
	now     func() time.Time
	chance  func() float64
	shut    atomic.Int64 // Unix nanoseconds before which nothing passes, on top of the inner breaker's own pause
	relapse atomic.Int32 // how often the probes have failed since it last was closed
}

// State is closed, half-open or open: the larger the worse.
type State = gobreaker.State

// newBreaker makes a closed breaker. trips runs under the breaker's lock, so it must not call the breaker.
func newBreaker(name string, o Options, trips func(gobreaker.Counts) bool) *Breaker {
	b := &Breaker{now: o.Now, chance: o.Chance}
	b.inner = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         name,
		MaxRequests:  BreakerProbes,
		Interval:     BreakerWindow,
		BucketPeriod: BreakerBucket,
		Timeout:      BreakerPause,
		ReadyToTrip:  trips,
		IsExcluded:   func(err error) bool { return errors.Is(err, errIgnored) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			b.changed(from, to)
		},
	})
	return b
}

// readyToTrip counts only judged exchanges: Counts.Requests also has those in flight, behind which a failing provider
// would hide.
func readyToTrip(c gobreaker.Counts) bool {
	judged := c.TotalSuccesses + c.TotalFailures
	return c.ConsecutiveFailures >= 5 || judged >= 10 && c.TotalFailures*2 >= judged
}

// changed runs under the inner breaker's lock, so it must not call that breaker.
func (b *Breaker) changed(from, to gobreaker.State) {
	switch {
	case to == gobreaker.StateClosed:
		b.relapse.Store(0)
		b.shut.Store(0)
	case to == gobreaker.StateOpen:
		if from == gobreaker.StateHalfOpen {
			b.relapse.Add(1)
		}
		factor := pauseGrowth[min(int(b.relapse.Load()), len(pauseGrowth)-1)] * (1 + b.chance()/5)
		b.shut.Store(b.now().Add(time.Duration(float64(BreakerPause) * factor)).UnixNano())
	}
}

// StillShut tells whether the pause is not over yet. A pause that is longer than any can be is over: the clock was put
// back.
func (b *Breaker) StillShut() bool {
	if b == nil || b.shut.Load() == 0 {
		return false
	}
	left := b.ShutUntil().Sub(b.now())
	return left > 0 && left <= breakerLongest
}

// ShutUntil is when the pause ends, zero when there is none.
func (b *Breaker) ShutUntil() time.Time {
	if b == nil || b.shut.Load() == 0 {
		return time.Time{}
	}
	return time.Unix(0, b.shut.Load()).UTC()
}

// Allow tells whether the provider may be asked. The result must be given to report.
func (b *Breaker) Allow() (report func(error), ok bool) {
	if b == nil {
		return nil, true
	}
	if b.StillShut() {
		return nil, false
	}
	report, err := b.inner.Allow()
	return report, err == nil
}

// Report tells the breaker the result of an exchange. A miss proves health only while the breaker is half-open: if it
// always counted, it would interrupt a streak of failures.
func (b *Breaker) Report(done func(error), e Effect) {
	if b == nil {
		return
	}
	switch {
	case e == Hurts:
		done(errFailed)
	case e == Helps, e == Proves && b.inner.State() == gobreaker.StateHalfOpen:
		done(nil)
	default:
		done(errIgnored)
	}
}

// State is the breaker's state now. It may move the inner breaker on, so it is never called from inside it.
func (b *Breaker) State() State {
	if b.StillShut() {
		return gobreaker.StateOpen
	}
	return b.inner.State()
}
