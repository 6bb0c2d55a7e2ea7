package providers

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"whoseline/possession"
)

// lane is one carrier with everything that stands before it. From the outside in: pause, rate limit, bulkhead, breaker,
// attempt.
type lane struct {
	Carrier
	gate
	paused atomic.Int64 // Unix nanoseconds before which the carrier is left out
	log    *slog.Logger
}

func newLane(c Carrier, o SendRouterOptions, shared RouterOptions) *lane {
	c.Limits.Timeout = orLess(c.Limits.Timeout, o.AttemptTimeout)
	c.Limits.MaxInflight = orLess(c.Limits.MaxInflight, o.MaxInflight)
	c.Limits = c.Limits.withDefaults()
	l := &lane{Carrier: c, gate: newGate(c.Name, c.Limits, shared), log: shared.Log}
	shared.Metrics.watchGate(c.Name, &l.gate)
	return l
}

// orLess gives a carrier's own limit, 0 being none, or the operator's if that is less.
func orLess[T int | time.Duration](own, operator T) T {
	if own > 0 && (operator <= 0 || own < operator) {
		return own
	}
	return operator
}

// carry takes a message through everything to the carrier. Passed tells why it did not get there.
func (l *lane) carry(ctx context.Context, m possession.Message) (d possession.Delivery, passed string) {
	down := possession.Delivery{Outcome: possession.ProviderDown, Provider: l.Name}
	if until := l.paused.Load(); until != 0 && l.now().UnixNano() < until {
		return possession.Delivery{Outcome: possession.RateLimited, Provider: l.Name}, skipPaused
	}
	if _, refusal := l.enter(ctx, l.wait); refusal != "" {
		return down, skipBusy
	}
	defer l.leave()
	report, ok := l.breaker.allow()
	if !ok {
		return down, skipOpen
	}
	own, cancel := context.WithTimeout(ctx, l.Limits.Timeout)
	defer cancel()
	d = understood(l.send(own, m))
	d.Provider = l.Name
	rule := sendRules[d.Outcome]
	l.breaker.report(report, rule.Breaker)
	l.throttle.learn(rule.Account, l.now())
	l.rest(max(rule.Pause, min(d.RetryAfter, longestPause)))
	return d, ""
}

// rest leaves the carrier out for a while.
func (l *lane) rest(pause time.Duration) {
	if pause > 0 {
		l.paused.Store(l.now().Add(pause).UnixNano())
	}
}

// send turns a panic of the carrier into an answer that nobody understands.
func (l *lane) send(ctx context.Context, m possession.Message) (d possession.Delivery) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		l.log.LogAttrs(ctx, slog.LevelError, "channel panicked", slog.String("channel", l.Name),
			slog.String("panic", causeOf(thrown)), slog.String("stack", string(debug.Stack())))
		d = possession.Delivery{Outcome: possession.Timeout, Err: errors.New("providers: the channel panicked")}
	}()
	return l.Sender.Send(ctx, m)
}
