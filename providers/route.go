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
	"whoseline/providers/gate"
)

var (
	errOutOfTime  = errors.New("providers: the question's time was used up")
	errNoSource   = errors.New("providers: no source is configured")
	errNoAnswer   = errors.New("providers: the source did not return in time")
	errNoneCovers = errors.New("providers: no source is made for such a question")
)

// route is one candidate with everything before it, from the outside in: rate limit, bulkhead, breaker of the data
// source, breaker of the provider, attempt.
type route struct {
	Candidate
	gate.Gate
	data    *gate.DataSource // nil = the provider's own
	member  int              // which of those that ask the data source this is
	account *vendorAccount   // nil = there is none
	history history
	meter   meter
	tally   tally
	log     *slog.Logger
}

func newRoute(c Candidate, o RouterOptions) *route {
	return &route{Candidate: c, Gate: gate.New(c.Name, c.Limits, o.gates()), meter: o.Metrics.meter(c.Name), log: o.Log}
}

// covers tells whether the source can answer such a question at all.
func (t *route) covers(q *lookup.Question) bool { return t.Covers == nil || t.Covers(*q) }

// bars says why the source must not be asked now, and until when if that is known; empty when it may be asked.
func (t *route) bars(q *lookup.Question, now time.Time) (models.Outcome, time.Time) {
	if why, until := t.account.bars(now); why != "" {
		return why, until
	}
	switch {
	case t.TariffFor(q).dearer(q.Price) && !q.Routing.AllowDearer:
		return models.OutcomeTooDear, time.Time{}
	case t.data.StillShut(), t.Breaker.StillShut():
		return models.OutcomeBreakerOpen, later(t.data.ShutUntil(), t.Breaker.ShutUntil())
	default:
		return "", time.Time{}
	}
}

func (t *route) facts(q *lookup.Question, prefix int) facts {
	return facts{
		counts: t.history.counts(prefix), partial: t.NextOnMiss, cost: t.TariffFor(q).share(q.Price),
		pace: time.Duration(t.history.pace.smooth.Load()), timeout: t.Limits.Timeout,
	}
}

// ask takes the question through limit, bulkhead and breakers to the source. It returns within rest and the wait for a
// place, whatever the source does.
func (t *route) ask(ctx context.Context, q lookup.Question, rest time.Duration) lookup.Finding {
	waited, refusal := t.Enter(ctx, min(t.Wait, rest))
	if refusal != "" {
		return lookup.Finding{Outcome: refusal, Source: t.Name}
	}
	reportData, ok := t.data.Allow()
	if !ok {
		t.Leave()
		return lookup.Finding{Outcome: models.OutcomeBreakerOpen, Source: t.Name}
	}
	report, ok := t.Breaker.Allow()
	if !ok {
		t.Leave()
		t.data.Report(reportData, t.member, gate.Ignored)
		return lookup.Finding{Outcome: models.OutcomeBreakerOpen, Source: t.Name}
	}
	got := t.exchange(ctx, q, min(t.Limits.Timeout, rest-waited))
	t.Breaker.Report(report, t.blame(got.Outcome))
	t.data.Report(reportData, t.member, t.accusation(got.Outcome))
	return got
}

// force asks although a breaker is open.
func (t *route) force(ctx context.Context, q lookup.Question, rest time.Duration) lookup.Finding {
	waited, refusal := t.Enter(ctx, min(t.Wait, rest))
	if refusal != "" {
		return lookup.Finding{Outcome: refusal, Source: t.Name}
	}
	return t.exchange(ctx, q, min(t.Limits.Timeout, rest-waited))
}

// blame is what an outcome says about the source itself.
func (t *route) blame(outcome models.Outcome) gate.Effect {
	if e := rules[outcome].Breaker; e != gate.Hurts || !t.Simulated {
		return e
	}
	return gate.Ignored
}

// accusation is what an outcome says about the data source behind the provider.
func (t *route) accusation(outcome models.Outcome) gate.Effect {
	switch e := rules[outcome].Source; {
	case e == gate.Accuses && t.PendingIsOutage:
		return gate.Hurts
	case e == gate.Accuses:
		return gate.Ignored
	default:
		return e
	}
}

// exchange asks the source under a deadline of its own, judges the answer and learns from it.
func (t *route) exchange(caller context.Context, q lookup.Question, timeout time.Duration) lookup.Finding {
	ctx, cancel := context.WithTimeout(caller, timeout)
	defer cancel()
	var said lookup.Finding
	if t.InProcess {
		said = t.askSafely(ctx, q)
		t.Leave()
	} else {
		said = t.askApart(ctx, q)
	}
	said = temper(said, caller.Err(), ctx.Err())
	said.Source = t.Name
	t.account.learn(said.Outcome, said.RetryAfter)
	t.Throttle.Learn(rules[said.Outcome].Account, t.Now())
	t.logStanding(said.Outcome)
	return said
}

// askApart asks on a goroutine, so that a source that ignores its context delays nobody. The source keeps its place in
// the bulkhead until it really returns: a hanging source never has more goroutines than its bulkhead has places.
func (t *route) askApart(ctx context.Context, q lookup.Question) lookup.Finding {
	var taken atomic.Bool
	answer := make(chan lookup.Finding, 1)
	go func() {
		defer t.Leave()
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

// late notes an answer after its caller has stopped waiting: the far side may bill it.
func (t *route) late(q lookup.Question, said lookup.Finding) {
	t.meter.late.Inc()
	t.log.LogAttrs(context.Background(), slog.LevelWarn, "source answered too late",
		slog.String("source", t.Name), slog.String("outcome", string(said.Outcome)), slog.String("ref", said.Ref),
		slog.String("business", q.BusinessID), slog.String("lookup", q.LookupID))
}

// askSafely turns a panic of the source into a bad payload.
func (t *route) askSafely(ctx context.Context, q lookup.Question) (said lookup.Finding) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		t.log.LogAttrs(ctx, slog.LevelError, "source panicked", slog.String("source", t.Name),
			slog.String("panic", gate.CauseOf(thrown)), slog.String("stack", string(debug.Stack())))
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
	tariff := c.TariffFor(q)
	if row.Billed = tariff.Billed(got); row.Billed == models.BilledYes || row.Billed == models.BilledUnknown {
		row.CostMinor, row.Currency = tariff.Cost.Minor, tariff.Cost.Currency
		c.meter.cost(got.Outcome, row.CostMinor)
	}
	return row
}
