package providers

import (
	"context"
	"slices"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

// search is one question on its way through the candidates.
type search struct {
	r     *Router
	q     lookup.Question
	start time.Time
	at    time.Time // now, as of the search's last look
	left  []choice
	rows  []models.Attempt
	best  lookup.Finding
	asked int  // exchanges that took place
	over  bool // no further source is asked

	matched lookup.Finding // by a source that was to name owners and only compared; zero = none

	missed bool      // the best is a miss, and another source is asked to check it
	shut   []*route  // not asked because of a breaker
	retry  time.Time // the soonest that a source that was not asked can be; zero = unknown
}

func (s *search) rest() time.Duration { return s.r.total - s.at.Sub(s.start) }

// inTime tells whether there is time for another candidate, and a caller that still waits.
func (s *search) inTime(ctx context.Context) bool {
	if s.rest() > 0 && ctx.Err() == nil {
		return true
	}
	s.judge(choice{}, lookup.Finding{Outcome: models.OutcomeCanceled, Err: errOutOfTime})
	s.over = true
	return false
}

// step asks the next candidate, or the next two at once.
func (s *search) step(ctx context.Context) {
	c := s.left[0]
	s.left = s.left[1:]
	if c.barred != "" {
		s.skip(c)
		return
	}
	if h, ok := s.hedge(c); ok {
		s.askBoth(ctx, c, h)
		return
	}
	at := s.at
	got := c.ask(ctx, s.q, s.rest())
	s.note(ctx, c, got, at)
	s.judge(c, got)
}

// skip notes a candidate that is barred.
func (s *search) skip(c choice) {
	if !c.until.IsZero() && (s.retry.IsZero() || c.until.Before(s.retry)) {
		s.retry = c.until
	}
	got := lookup.Finding{Outcome: c.barred, Source: c.Name}
	s.rows = append(s.rows, c.record(&s.q, got, s.at, s.at))
	s.judge(c, got)
}

// note keeps the row of a candidate that was asked at a time, and moves the clock on.
func (s *search) note(ctx context.Context, c choice, got lookup.Finding, at time.Time) {
	s.at = s.r.now()
	s.rows = append(s.rows, c.record(&s.q, got, at, s.at))
	s.r.note(ctx, s.q, got)
	if !rules[got.Outcome].Unasked {
		s.asked++
	}
}

// judge decides by a candidate's answer who is asked next, if anybody.
func (s *search) judge(c choice, got lookup.Finding) {
	if c.route == nil {
		s.best = telling(s.best, got, false)
		return
	}
	if got.Match != nil && got.Outcome == models.OutcomeNotApplicable {
		s.matched = got
	}
	if got.Outcome == models.OutcomeBreakerOpen {
		s.shut = append(s.shut, c.route)
	}
	if s.missed { // by a source whose word counts: only a find counts more
		if got.Outcome == models.OutcomeFound {
			s.best = got
		}
		s.over = !rules[got.Outcome].Unasked
		return
	}
	s.best = telling(s.best, got, c.NextOnMiss)
	switch {
	case !ends(got.Outcome, c.NextOnMiss):
		s.turn(c, got.Outcome)
	case got.Outcome == models.OutcomeNotFound && s.q.Routing.SecondOnMiss:
		s.second(c)
	default:
		s.over = true
	}
}

// turn moves the candidates that ask the same data source behind the others when that source is away. A provider that
// will answer later is as good as any of them, so after "pending" they are not asked at all.
func (s *search) turn(c choice, outcome models.Outcome) {
	same := func(o choice) bool { return c.Data != "" && o.Data == c.Data }
	switch outcome {
	case models.OutcomePending:
		s.left = slices.DeleteFunc(s.left, same)
	case models.OutcomeSourceDown:
		slices.SortStableFunc(s.left, func(a, b choice) int { return order(same(a)) - order(same(b)) })
	}
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

// second lets one candidate with another data source check a miss.
func (s *search) second(c choice) {
	s.left = slices.DeleteFunc(s.left, func(o choice) bool { return c.Data != "" && o.Data == c.Data })
	for i := range s.left {
		s.left[i].approach = models.SecondSource
	}
	s.missed = true
}

// leastBad asks one candidate although breakers kept all of several candidates from being asked: the one whose pause is
// over, or ends first. Only one question at a time does that; otherwise breakers would be of no use.
func (s *search) leastBad(ctx context.Context) {
	if len(s.shut) < 2 || !s.r.forcing.CompareAndSwap(false, true) {
		return
	}
	defer s.r.forcing.Store(false)
	if !s.inTime(ctx) {
		return
	}
	best := slices.MinFunc(s.shut, func(a, b *route) int { return a.opensAt().Compare(b.opensAt()) })
	c, at := choice{route: best, approach: models.LeastBad}, s.at
	got := c.force(ctx, s.q, s.rest())
	s.note(ctx, c, got, at)
	s.judge(c, got)
}

// opensAt is when the breakers before a route open again.
func (t *route) opensAt() time.Time { return later(t.data.ShutUntil(), t.Breaker.ShutUntil()) }

// longRetry is the longest wait that we advise, whatever one source says: another source may answer sooner.
const longRetry = time.Minute

// result is the finding of the whole search.
func (s *search) result() lookup.Finding {
	switch {
	case s.matched.Match != nil && !rules[s.best.Outcome].Final: // a verdict is better than nothing
		s.best, s.best.Outcome = s.matched, models.OutcomeFound
	case s.best.Outcome != "":
	case len(s.r.routes) == 0:
		s.best = lookup.Finding{Outcome: models.OutcomeProviderDown, Err: errNoSource}
	default:
		s.best = lookup.Finding{Outcome: models.OutcomeNotApplicable, Err: errNoneCovers}
	}
	if s.best.RetryAfter <= 0 && !s.retry.IsZero() {
		s.best.RetryAfter = max(s.retry.Sub(s.at), time.Second)
	}
	s.best.RetryAfter = min(s.best.RetryAfter, longRetry)
	s.best.Attempts = s.rows
	s.r.earned(&s.q, s.best)
	return s.best
}

// earned counts the revenue of the answer, beside its cost. A second opinion earns nothing more.
func (r *Router) earned(q *lookup.Question, f lookup.Finding) {
	t := r.byName[f.Source]
	if t == nil || len(q.Exclude) > 0 {
		return
	}
	switch f.Outcome {
	case models.OutcomeFound:
		t.meter.revenue(f.Outcome, q.Price.Found)
	case models.OutcomeNotFound:
		t.meter.revenue(f.Outcome, q.Price.NotFound)
	}
}
