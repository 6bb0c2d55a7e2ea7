package providers

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

var (
	errOutOfTime  = errors.New("providers: the question's time was used up")
	errNoSource   = errors.New("providers: no source is configured")
	errNoAnswer   = errors.New("providers: the source did not return in time")
	errNoneCovers = errors.New("providers: no source is made for such a question")
)

// route is one candidate with everything that stands before it. From the outside in: rate limit, bulkhead, breaker of
// the data source, breaker of the provider, attempt.
type route struct {
	Candidate
	gate
	data    *dataSource    // nil = the provider's own
	member  int            // which of those that ask the data source this is
	account *vendorAccount // nil = there is none
	history history
	meter   meter
	tally   tally
	log     *slog.Logger
}

func newRoute(c Candidate, o RouterOptions) *route {
	c.Limits = c.Limits.withDefaults()
	o.Breakerless = o.Breakerless || c.Simulated
	return &route{Candidate: c, gate: newGate(c.Name, c.Limits, o), meter: o.Metrics.meter(c.Name), log: o.Log}
}

// covers tells whether the source is made for such a question at all.
func (t *route) covers(q *lookup.Question) bool { return t.Covers == nil || t.Covers(*q) }

// bars says why the source is not to be asked now, and until when as far as that is known; empty when it may be.
func (t *route) bars(q *lookup.Question, now time.Time) (models.Outcome, time.Time) {
	if why, until := t.account.bars(now); why != "" {
		return why, until
	}
	switch {
	case t.tariff(q).dearer(q.Price) && !q.Routing.AllowDearer:
		return models.OutcomeTooDear, time.Time{}
	case t.data.stillShut(), t.breaker.stillShut():
		return models.OutcomeBreakerOpen, later(t.data.shutUntil(), t.breaker.shutUntil())
	default:
		return "", time.Time{}
	}
}

func (t *route) facts(q *lookup.Question, prefix int) facts {
	return facts{
		counts: t.history.counts(prefix), partial: t.NextOnMiss, cost: t.tariff(q).share(q.Price),
		pace: time.Duration(t.history.pace.smooth.Load()), timeout: t.Limits.Timeout,
	}
}

// ask takes the question through limit, bulkhead and breakers to the source. It returns within rest and the wait for a
// place, whatever the source does.
func (t *route) ask(ctx context.Context, q lookup.Question, rest time.Duration) lookup.Finding {
	waited, refusal := t.enter(ctx, min(t.wait, rest))
	if refusal != "" {
		return lookup.Finding{Outcome: refusal, Source: t.Name}
	}
	reportData, ok := t.data.allow()
	if !ok {
		t.leave()
		return lookup.Finding{Outcome: models.OutcomeBreakerOpen, Source: t.Name}
	}
	report, ok := t.breaker.allow()
	if !ok {
		t.leave()
		t.data.report(reportData, t.member, ignored)
		return lookup.Finding{Outcome: models.OutcomeBreakerOpen, Source: t.Name}
	}
	got := t.exchange(ctx, q, min(t.Limits.Timeout, rest-waited))
	t.breaker.report(report, rules[got.Outcome].Breaker)
	t.data.report(reportData, t.member, t.accusation(got.Outcome))
	return got
}

// force asks although a breaker is open.
func (t *route) force(ctx context.Context, q lookup.Question, rest time.Duration) lookup.Finding {
	waited, refusal := t.enter(ctx, min(t.wait, rest))
	if refusal != "" {
		return lookup.Finding{Outcome: refusal, Source: t.Name}
	}
	return t.exchange(ctx, q, min(t.Limits.Timeout, rest-waited))
}

// accusation is what an outcome says of the data source behind the provider.
func (t *route) accusation(outcome models.Outcome) effect {
	switch e := rules[outcome].Source; {
	case e == accuses && t.PendingIsOutage:
		return hurts
	case e == accuses:
		return ignored
	default:
		return e
	}
}

// exchange asks the source under a deadline of its own, judges what it said and learns from it.
func (t *route) exchange(caller context.Context, q lookup.Question, timeout time.Duration) lookup.Finding {
	ctx, cancel := context.WithTimeout(caller, timeout)
	defer cancel()
	var said lookup.Finding
	if t.InProcess {
		said = t.askSafely(ctx, q)
		t.leave()
	} else {
		said = t.askApart(ctx, q)
	}
	said = temper(said, caller.Err(), ctx.Err())
	said.Source = t.Name
	t.account.learn(said.Outcome, said.RetryAfter)
	t.throttle.learn(rules[said.Outcome].Account, t.now())
	t.logStanding(said.Outcome)
	return said
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

// askSafely turns a panic of the source into an answer that makes no sense.
func (t *route) askSafely(ctx context.Context, q lookup.Question) (said lookup.Finding) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		t.log.LogAttrs(ctx, slog.LevelError, "source panicked", slog.String("source", t.Name),
			slog.String("panic", causeOf(thrown)), slog.String("stack", string(debug.Stack())))
		said = lookup.Finding{Outcome: models.OutcomeBadPayload, Err: errors.New("providers: the source panicked")}
	}()
	return t.Source.Owners(ctx, q)
}

// record counts one row and gives it the form that the lookup keeps.
func (c choice) record(q *lookup.Question, got lookup.Finding, at, end time.Time) models.Attempt {
	took := end.Sub(at)
	c.meter.count(got.Outcome, took)
	c.tally.count(got.Outcome, end)
	row := models.Attempt{
		Source: c.Name, Outcome: got.Outcome, At: at, Millis: took.Milliseconds(), HTTP: got.HTTP, Ref: got.Ref,
		Approach: c.approach, Score: c.score,
	}
	if rules[got.Outcome].Unasked {
		return row
	}
	c.history.note(prefixOf(q.Phone), got.Outcome, took)
	tariff := c.tariff(q)
	if row.Billed = tariff.billed(got); row.Billed == models.BilledYes || row.Billed == models.BilledUnknown {
		row.CostMinor, row.Currency = tariff.Cost.Minor, tariff.Cost.Currency
		c.meter.cost(got.Outcome, row.CostMinor)
	}
	return row
}
