package channel

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"whoseline/possession"
	"whoseline/providers/gate"
)

// lane is one carrier with everything before it, from the outside in: pause, rate limit, bulkhead, breaker, attempt.
type lane struct {
	Carrier
	gate.Gate
	paused atomic.Int64 // Unix nanoseconds before which the carrier is left out
	log    *slog.Logger
}

func newLane(c Carrier, o Options, shared gate.Options) *lane {
	c.Limits = c.Limits.Within(o.Limits)
	l := &lane{Carrier: c, Gate: gate.New(c.Name, c.Limits, shared), log: o.Log}
	o.Gates.Watch(c.Name, &l.Gate)
	return l
}

// carry takes a message through everything to the carrier. passed tells why the carrier was not tried.
func (l *lane) carry(ctx context.Context, m possession.Message) (d possession.Delivery, passed string) {
	down := possession.Delivery{Outcome: possession.ProviderDown, Provider: l.Name}
	if until := l.paused.Load(); until != 0 && l.Now().UnixNano() < until {
		return possession.Delivery{Outcome: possession.RateLimited, Provider: l.Name}, skipPaused
	}
	if _, refusal := l.Enter(ctx, l.Wait); refusal != "" {
		return down, skipBusy
	}
	defer l.Leave()
	report, ok := l.Breaker.Allow()
	if !ok {
		return down, skipOpen
	}
	own, cancel := context.WithTimeout(ctx, l.Limits.Timeout)
	defer cancel()
	d = understood(l.send(own, m))
	d.Provider = l.Name
	rule := rules[d.Outcome]
	l.Breaker.Report(report, rule.Breaker)
	l.Throttle.Learn(rule.Account, l.Now())
	l.rest(max(rule.Pause, min(d.RetryAfter, longestPause)))
	return d, ""
}

// rest pauses the carrier.
func (l *lane) rest(pause time.Duration) {
	if pause > 0 {
		l.paused.Store(l.Now().Add(pause).UnixNano())
	}
}

// send turns a panic of the carrier into an answer without meaning.
func (l *lane) send(ctx context.Context, m possession.Message) (d possession.Delivery) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		l.log.LogAttrs(ctx, slog.LevelError, "channel panicked", slog.String("channel", l.Name),
			slog.String("panic", gate.CauseOf(thrown)), slog.String("stack", string(debug.Stack())))
		d = possession.Delivery{Outcome: possession.Timeout, Err: errors.New("providers: the channel panicked")}
	}()
	return l.Sender.Send(ctx, m)
}
