package providers

import (
	"context"
	"slices"
	"sync"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

// hedging is a second candidate, and how long the first one has before the second is asked too.
type hedging struct {
	at     int // of the second among those that are left
	after  time.Duration
	second choice
}

// hedge tells whether a second candidate may help out a slow one, which doubles the cost of the question. It may only
// for a business that wants it, only once the first is slower than nearly all of its answers were, and only from
// another vendor. The money is checked when it is about to be spent.
func (s *search) hedge(first choice) (hedging, bool) {
	if s.q.Routing.HedgePerDay <= 0 || s.missed || s.asked+2 > s.r.attempts {
		return hedging{}, false
	}
	after, known := first.history.pace.p95()
	if !known {
		return hedging{}, false
	}
	at := slices.IndexFunc(s.left, func(c choice) bool {
		return free(c) && (c.Vendor == "" || c.Vendor != first.Vendor)
	})
	if at < 0 || after >= min(first.Limits.Timeout, s.rest()) {
		return hedging{}, false
	}
	second := s.left[at]
	second.approach = models.Hedged
	return hedging{at, max(after, time.Millisecond), second}, true
}

// returned is the result of one of two candidates.
type returned struct {
	choice
	lookup.Finding
	at time.Time // when it was asked
}

// askBoth asks a candidate and, when it is slow, a second one beside it. The first answer that settles the question
// ends the other; a failure does not, since the other may still answer. This is not a library's hedge policy, because
// the loser's row, cost and effect on the breaker have to be kept apart.
func (s *search) askBoth(ctx context.Context, first choice, h hedging) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	replies := make(chan returned, 2)
	start := func(c choice, at time.Time, rest time.Duration) {
		go func() { replies <- returned{c, c.ask(ctx, s.q, rest), at} }()
	}
	start(first, s.at, s.rest())
	timer := time.NewTimer(h.after)
	defer timer.Stop()
	select {
	case got := <-replies:
		s.take(ctx, got)
		return
	case <-timer.C:
	}
	at := s.r.now()
	if !s.r.hedges.spend(&s.q, h.second.TariffFor(&s.q), at) {
		s.take(ctx, <-replies)
		return
	}
	s.left = slices.Delete(s.left, h.at, h.at+1)
	start(h.second, at, s.r.total-at.Sub(s.start))
	one := <-replies
	if s.settles(one) {
		cancel()
	}
	s.takeBoth(ctx, one, <-replies)
}

// settles tells whether an answer makes the other one unnecessary: a find does, and a miss unless another source will
// be asked anyway.
func (s *search) settles(got returned) bool {
	miss := got.Outcome == models.OutcomeNotFound && !got.NextOnMiss && !s.q.Routing.SecondOnMiss
	return got.Outcome == models.OutcomeFound || miss
}

func (s *search) take(ctx context.Context, got returned) {
	s.note(ctx, got.choice, got.Finding, got.at)
	s.judge(got.choice, got.Finding)
}

// takeBoth keeps both rows in the order in which they were asked. The answer that is judged last decides: a find, else
// the first one that settles the question, else the later one.
func (s *search) takeBoth(ctx context.Context, one, two returned) {
	early, late := one, two
	if two.at.Before(one.at) {
		early, late = two, one
	}
	s.note(ctx, early.choice, early.Finding, early.at)
	s.note(ctx, late.choice, late.Finding, late.at)
	if one.Outcome != models.OutcomeFound && two.Outcome == models.OutcomeFound {
		one, two = two, one
	}
	if s.settles(one) {
		s.judge(two.choice, two.Finding)
		s.over, s.missed = false, false
		s.best = lookup.Finding{}
		s.judge(one.choice, one.Finding)
		return
	}
	s.judge(one.choice, one.Finding)
	s.judge(two.choice, two.Finding)
}

// maxHedgers bounds how many businesses' spending is remembered for a day. Beyond it no further business hedges.
const maxHedgers = 10_000

// hedgeBudget is what each business has spent on second questions today (UTC).
type hedgeBudget struct {
	mu    sync.Mutex
	day   int64
	spent map[string]int64
}

// spend takes the cost of a second question out of the business's allowance, or refuses. It also refuses a cost in
// another currency than the wallets', which it cannot add up.
func (b *hedgeBudget) spend(q *lookup.Question, t *Tariff, now time.Time) bool {
	cost := int64(0)
	if t != nil {
		if t.Cost.Currency != models.Naira {
			return false
		}
		cost = t.Cost.Minor
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if day := now.Unix() / (24 * 60 * 60); day != b.day || b.spent == nil {
		b.day, b.spent = day, map[string]int64{}
	}
	spent, known := b.spent[q.BusinessID]
	if !known && len(b.spent) >= maxHedgers || spent+cost > q.Routing.HedgePerDay {
		return false
	}
	b.spent[q.BusinessID] = spent + cost
	return true
}
