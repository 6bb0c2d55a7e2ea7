package providers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"whoseline/lookup"
	"whoseline/models"
)

var (
	errOutOfTime = errors.New("providers: the question's time was used up")
	errNoSource  = errors.New("providers: no source is configured")
	errNoAnswer  = errors.New("providers: the source did not return in time")
)

// route is one candidate with everything that stands before it. From the outside in: rate limit, bulkhead, breaker,
// attempt.
type route struct {
	Candidate
	slots   chan struct{} // one place for each question that may be with the source
	wait    time.Duration // for such a place
	limiter *rate.Limiter // nil = none
	breaker *breaker      // nil = none
	meter   meter
	tally   tally
	now     func() time.Time
	log     *slog.Logger
}

func newRoute(c Candidate, o RouterOptions) *route {
	c.Limits = c.Limits.withDefaults()
	t := &route{
		Candidate: c, slots: make(chan struct{}, c.Limits.MaxInflight),
		wait: o.BulkheadWait, meter: o.Metrics.meter(c.Name), now: o.Now, log: o.Log,
	}
	if c.Limits.Rate > 0 {
		t.limiter = rate.NewLimiter(rate.Limit(c.Limits.Rate), int(math.Ceil(c.Limits.Rate)))
	}
	if !o.Breakerless {
		t.breaker = newBreaker(c.Name, o.Now, o.Chance)
	}
	return t
}

// ask takes the question through limit, bulkhead and breaker to the source. It returns within rest and the wait for a
// place, whatever the source does.
func (t *route) ask(ctx context.Context, q lookup.Question, rest time.Duration) lookup.Finding {
	waited, refusal := t.enter(ctx, min(t.wait, rest))
	if refusal != "" {
		return lookup.Finding{Outcome: refusal, Source: t.Name}
	}
	report, ok := t.breaker.allow()
	if !ok {
		t.leave()
		return lookup.Finding{Outcome: models.OutcomeBreakerOpen, Source: t.Name}
	}
	got := t.exchange(ctx, q, min(t.Limits.Timeout, rest-waited))
	got.Source = t.Name
	t.breaker.report(report, rules[got.Outcome].Breaker)
	return got
}

// enter takes a place at the source, waiting for one if all are taken. A refusal says why there is none; our own rate
// limit counts as a full bulkhead, because rate_limited is what the far side says.
func (t *route) enter(ctx context.Context, patience time.Duration) (waited time.Duration, refusal models.Outcome) {
	if t.limiter != nil && !t.limiter.AllowN(t.now(), 1) {
		return 0, models.OutcomeBulkheadFull
	}
	select {
	case t.slots <- struct{}{}:
		return 0, ""
	default:
	}
	since := t.now()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case t.slots <- struct{}{}:
		return t.now().Sub(since), ""
	case <-timer.C:
		return 0, models.OutcomeBulkheadFull
	case <-ctx.Done():
		return 0, models.OutcomeCanceled
	}
}

func (t *route) leave() { <-t.slots }

// exchange asks the source under a deadline of its own and judges what it said.
func (t *route) exchange(caller context.Context, q lookup.Question, timeout time.Duration) lookup.Finding {
	ctx, cancel := context.WithTimeout(caller, timeout)
	defer cancel()
	if !t.InProcess {
		said := t.askApart(ctx, q)
		return temper(said, caller.Err(), ctx.Err())
	}
	defer t.leave()
	said := t.askSafely(ctx, q)
	return temper(said, caller.Err(), ctx.Err())
}

// askApart asks on a goroutine, so that a source which ignores its context delays nobody. The source keeps its place
// until it really returns, hence a hanging one never has more than its bulkhead's worth of goroutines.
func (t *route) askApart(ctx context.Context, q lookup.Question) lookup.Finding {
	var taken atomic.Bool
	answer := make(chan lookup.Finding, 1)
	go func() {
		defer t.leave()
		said := t.askSafely(ctx, q)
		if taken.CompareAndSwap(false, true) {
			answer <- said
			return
		}
		t.late(q, said)
	}()
	select {
	case said := <-answer:
		return said
	case <-ctx.Done():
		if taken.CompareAndSwap(false, true) {
			return lookup.Finding{Outcome: models.OutcomeTimeout, Err: errNoAnswer}
		}
		return <-answer
	}
}

// late notes an answer that nobody waited for any more: the far side may bill it.
func (t *route) late(q lookup.Question, said lookup.Finding) {
	t.meter.late.Inc()
	t.log.LogAttrs(context.Background(), slog.LevelWarn, "source answered too late",
		slog.String("source", t.Name), slog.String("outcome", string(said.Outcome)), slog.String("ref", said.Ref),
		slog.String("business", q.BusinessID), slog.String("lookup", q.LookupID))
}

// askSafely turns a panic of the source into an answer that makes no sense. The panic's own text may hold what the
// source was working on, so only a runtime error's text is logged; of anything else, its type.
func (t *route) askSafely(ctx context.Context, q lookup.Question) (said lookup.Finding) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		cause := fmt.Sprintf("%T", thrown)
		if fault, ok := thrown.(runtime.Error); ok {
			cause = fault.Error()
		}
		t.log.LogAttrs(ctx, slog.LevelError, "source panicked", slog.String("source", t.Name),
			slog.String("panic", cause), slog.String("stack", string(debug.Stack())))
		said = lookup.Finding{Outcome: models.OutcomeBadPayload, Err: errors.New("providers: the source panicked")}
	}()
	return t.Source.Owners(ctx, q)
}

// record counts one row and gives it the form that the lookup keeps.
func (t *route) record(got lookup.Finding, at, end time.Time) models.Attempt {
	took := end.Sub(at)
	t.meter.count(got.Outcome, took)
	t.tally.count(got.Outcome, end)
	return models.Attempt{
		Source: t.Name, Outcome: got.Outcome, At: at, Millis: took.Milliseconds(), HTTP: got.HTTP, Ref: got.Ref,
	}
}
