package providers

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

func TestThoseWhoAskTheSameSourceFallBehindWhenItIsAway(t *testing.T) {
	t.Parallel()
	nimc := func(name string, outcome models.Outcome) Candidate {
		return Candidate{Name: name, Data: "nimc", Source: says(outcome), PendingIsOutage: true}
	}
	for name, row := range map[string]struct {
		candidates []Candidate
		want       []string
		outcome    models.Outcome
	}{
		"another source is asked first, then the same": {
			[]Candidate{nimc("a", models.OutcomeSourceDown), nimc("b", models.OutcomeFound), {Name: "telco", Source: says(down)}},
			[]string{"a source_down", "telco provider_down", "b found"},
			models.OutcomeFound,
		},
		"one that is merely down keeps its neighbours": {
			[]Candidate{nimc("a", down), nimc("b", models.OutcomeFound), {Name: "telco", Source: says(models.OutcomeFound)}},
			[]string{"a provider_down", "b found"},
			models.OutcomeFound,
		},
		"after pending only another source is asked": {
			[]Candidate{nimc("a", models.OutcomePending), nimc("b", models.OutcomeFound), {Name: "telco", Source: says(down)}},
			[]string{"a pending", "telco provider_down"},
			models.OutcomePending,
		},
		"pending is answered when no other source is left": {
			[]Candidate{nimc("a", models.OutcomePending), nimc("b", models.OutcomeFound)},
			[]string{"a pending"},
			models.OutcomePending,
		},
	} {
		got := newRouter(RouterOptions{Candidates: row.candidates}).Owners(t.Context(), question(t, "08031234567"))
		if diff := cmp.Diff(row.want, trail(got)); diff != "" || got.Outcome != row.outcome {
			t.Errorf("%s: %s, %s", name, got.Outcome, diff)
		}
	}
}

func TestAPendingAnswerKeepsItsReferenceThroughLaterFailures(t *testing.T) {
	t.Parallel()
	for _, failure := range []models.Outcome{
		models.OutcomeTimeout, down, models.OutcomeSourceDown, models.OutcomeWalletEmpty, models.OutcomeNotApplicable, models.OutcomeBadPayload,
	} {
		pending := source(func(context.Context, lookup.Question) lookup.Finding {
			return lookup.Finding{Outcome: models.OutcomePending, Ref: "later-1"}
		})
		for _, order := range [][]Candidate{
			{{Name: "p", Source: pending}, {Name: "f", Source: says(failure)}},
			{{Name: "f", Source: says(failure)}, {Name: "p", Source: pending}},
		} {
			got := newRouter(RouterOptions{Candidates: order}).Owners(t.Context(), question(t, "08031234567"))
			if got.Outcome != models.OutcomePending || got.Ref != "later-1" || got.Source != "p" || len(got.Attempts) != 2 {
				t.Errorf("%s: %s %s of %s", failure, got.Outcome, got.Ref, got.Source)
			}
		}
	}
}

func TestAfterAMissAnotherSourceMayKnowBetter(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		agreed bool
		second []models.Outcome // of nimc, then of the telco
		want   []string
		found  bool
	}{
		"not agreed":                     {false, []models.Outcome{models.OutcomeFound, models.OutcomeFound}, []string{"a not_found"}, false},
		"only one that asks another":     {true, []models.Outcome{models.OutcomeFound, models.OutcomeFound}, []string{"a not_found", "telco found"}, true},
		"it misses too":                  {true, []models.Outcome{models.OutcomeFound, models.OutcomeNotFound}, []string{"a not_found", "telco not_found"}, false},
		"its failure changes nothing":    {true, []models.Outcome{models.OutcomeFound, down}, []string{"a not_found", "telco provider_down"}, false},
		"nor does a pending answer":      {true, []models.Outcome{models.OutcomeFound, models.OutcomePending}, []string{"a not_found", "telco pending"}, false},
		"nor what it thinks of a number": {true, []models.Outcome{models.OutcomeFound, models.OutcomeInvalid}, []string{"a not_found", "telco invalid_input"}, false},
	} {
		r := newRouter(RouterOptions{Candidates: []Candidate{
			{Name: "a", Data: "nimc", Source: says(models.OutcomeNotFound)},
			{Name: "b", Data: "nimc", Source: says(row.second[0])},
			{Name: "telco", Source: says(row.second[1])},
			{Name: "last", Source: says(models.OutcomeFound)},
		}})
		q := question(t, "08031234567")
		q.Routing.SecondOnMiss = row.agreed
		got := r.Owners(t.Context(), q)
		if diff := cmp.Diff(row.want, trail(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if want := map[bool]models.Outcome{true: models.OutcomeFound, false: models.OutcomeNotFound}[row.found]; got.Outcome != want {
			t.Errorf("%s: %s", name, got.Outcome)
		}
		if len(got.Attempts) == 2 && got.Attempts[1].Approach != models.SecondSource {
			t.Errorf("%s: approach %s", name, got.Attempts[1].Approach)
		}
	}
}

func TestTheSecondSourceAfterAMissIsOneThatMayBeAsked(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Candidates: []Candidate{
		{Name: "a", Source: says(models.OutcomeNotFound)},
		{Name: "dear", Source: says(models.OutcomeFound), Tariff: &Tariff{Cost: models.NGN(51)}},
		{Name: "b", Source: says(models.OutcomeFound)},
	}})
	q := question(t, "08031234567")
	q.Price.Found, q.Routing.SecondOnMiss = 50, true
	if diff := cmp.Diff([]string{"a not_found", "dear too_dear", "b found"}, trail(r.Owners(t.Context(), q))); diff != "" {
		t.Error(diff)
	}
}

func TestWhenBreakersCloseEverythingTheLeastBadIsTried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// a opens first, so its pause ends first.
		r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
			{Name: "a", Source: says(down)}, {Name: "b", Source: says(down)},
		}})
		for _, name := range []string{"a", "b"} {
			q := question(t, "08031234567")
			q.Routing.Sources = []string{name}
			for range 5 {
				r.Owners(t.Context(), q)
			}
			time.Sleep(time.Second)
		}
		got := r.Owners(t.Context(), question(t, "08031234567"))
		if diff := cmp.Diff([]string{"a breaker_open", "b breaker_open", "a provider_down"}, trail(got)); diff != "" {
			t.Error(diff)
		}
		if last := got.Attempts[2]; last.Approach != models.LeastBad || got.Outcome != down {
			t.Errorf("%s, %+v", got.Outcome, last)
		}
	})
}

func TestOnlyOneQuestionAtATimeTriesTheLeastBad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
			{Name: "a", Source: failsThenHangs()}, {Name: "b", Source: failsThenHangs()},
		}})
		for range 5 {
			once(t, r)
		}
		first := make(chan []string)
		go func() { first <- trail(r.Owners(t.Context(), question(t, "08031234567"))) }()
		synctest.Wait()
		got := r.Owners(t.Context(), question(t, "08031234567"))
		if got.Outcome != models.OutcomeBreakerOpen || len(got.Attempts) != 2 || got.RetryAfter <= 0 || got.RetryAfter > gate.BreakerPause {
			t.Errorf("%s after %v, retry after %v", got.Outcome, trail(got), got.RetryAfter)
		}
		if steps := <-first; !slices.Contains(steps, "a timeout") {
			t.Error(steps)
		}
	})
}

// failsThenHangs fails as often as opens a breaker, and hangs from then on.
func failsThenHangs() source {
	var asked atomic.Int32
	return func(ctx context.Context, q lookup.Question) lookup.Finding {
		if asked.Add(1) <= 5 {
			return answer(down)
		}
		return waits(time.Hour)(ctx, q)
	}
}

func TestNoSourceSendsTheCallerAwayForLong(t *testing.T) {
	t.Parallel()
	greedy := func(context.Context, lookup.Question) lookup.Finding {
		return lookup.Finding{Outcome: models.OutcomeRateLimited, RetryAfter: 24 * time.Hour}
	}
	if got := alone(greedy).Owners(t.Context(), question(t, "08031234567")); got.RetryAfter != longRetry {
		t.Errorf("retry after %v", got.RetryAfter)
	}
}

func TestAnotherOpinionBringsInNothingMore(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	r := newRouter(RouterOptions{Metrics: m, Candidates: []Candidate{
		{Name: "a", Source: says(models.OutcomeFound)}, {Name: "b", Source: says(models.OutcomeFound)},
	}})
	q := question(t, "08031234567")
	q.Price.Found = 50
	r.Owners(t.Context(), q)
	q.Exclude = []string{"a"}
	if got := r.Owners(t.Context(), q); got.Source != "b" {
		t.Fatal(got.Source)
	}
	for name, want := range map[string]float64{"a": 50, "b": 0} {
		if got := testutil.ToFloat64(m.revenues.WithLabelValues(name, "found")); got != want {
			t.Errorf("%s brought in %v, want %v", name, got, want)
		}
	}
}
