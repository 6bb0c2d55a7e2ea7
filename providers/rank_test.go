package providers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/lookup"
	"whoseline/models"
)

var usual = Weights{Found: .3, Cost: .1, Latency: .1}

func TestTheScoreIsSuccessTimesFoundLessCostAndSlowness(t *testing.T) {
	t.Parallel()
	all := counts{judged: 200, good: 200, found: 200}
	for name, row := range map[string]struct {
		facts facts
		want  int
	}{
		"perfect":                              {facts{counts: all, timeout: time.Second}, 1000},
		"unknown":                              {facts{timeout: time.Second}, 950},
		"too little known":                     {facts{counts: counts{judged: enough - 1}, timeout: time.Second}, 950},
		"half of it failed":                    {facts{counts: counts{judged: 200, good: 100, found: 100}, timeout: time.Second}, 500},
		"half is not found":                    {facts{counts: counts{judged: 200, good: 200, found: 100, missed: 100}, timeout: time.Second}, 850},
		"knows only some":                      {facts{counts: counts{judged: 200, good: 200, missed: 200}, partial: true, timeout: time.Second}, 1000},
		"costs all that is paid":               {facts{counts: all, cost: 1, timeout: time.Second}, 900},
		"as slow as its deadline":              {facts{counts: all, pace: time.Second, timeout: time.Second}, 900},
		"never slower than that":               {facts{counts: all, pace: time.Hour, timeout: time.Second}, 900},
		"failed, nothing found, dear and slow": {facts{counts: counts{judged: 200}, cost: 1, pace: time.Second, timeout: time.Second}, -200},
	} {
		if got := usual.score(row.facts); got != row.want {
			t.Errorf("%s: %d, want %d", name, got, row.want)
		}
	}
}

// remembers lets a source of a router have had a number of exchanges of one outcome.
func remembers(r *Router, name string, times int, outcome models.Outcome) {
	q := lookup.Question{Phone: models.PhoneFromE164("+2348031234567")}
	for range times {
		r.byName[name].history.note(prefixOf(q.Phone), outcome, 0)
	}
}

func rankedRouter(weights Weights, candidates ...Candidate) *Router {
	for i := range candidates {
		if candidates[i].Source == nil {
			candidates[i].Source = says(models.OutcomeNotApplicable) // so that everybody is asked
		}
	}
	return newRouter(RouterOptions{Candidates: candidates, Weights: weights, Chance: calm, Attempts: 9})
}

// asks gives who is asked, in order.
func asks(t *testing.T, r *Router, change ...func(q *lookup.Question)) (names []string) {
	t.Helper()
	q := question(t, "08031234567")
	for _, f := range change {
		f(&q)
	}
	for _, a := range r.Owners(t.Context(), q).Attempts {
		names = append(names, a.Source)
	}
	return names
}

func TestTheOperatorsOrderStandsUntilEnoughIsKnown(t *testing.T) {
	t.Parallel()
	dear := &Tariff{Cost: models.NGN(50)}
	r := rankedRouter(usual, Candidate{Name: "a", Tariff: dear}, Candidate{Name: "b"})
	remembers(r, "a", enough-1, down)
	q := question(t, "08031234567")
	q.Price.Found = 50
	got := r.Owners(t.Context(), q)
	if a := got.Attempts[0]; a.Source != "a" || a.Approach != models.InOrder || a.Score != 0 {
		t.Errorf("%+v", a)
	}
	remembers(r, "a", 1, down)
	got = r.Owners(t.Context(), q)
	want := []models.Attempt{{Source: "b", Approach: models.Ranked, Score: 950}, {Source: "a", Approach: models.Ranked, Score: -100}}
	for i, a := range got.Attempts {
		if a.Source != want[i].Source || a.Approach != want[i].Approach || a.Score != want[i].Score {
			t.Errorf("%d: %+v", i, a)
		}
	}
}

func TestWithoutAChoiceThereIsNoReason(t *testing.T) {
	t.Parallel()
	r := rankedRouter(usual, Candidate{Name: "a"})
	remembers(r, "a", 200, down)
	if a := r.Owners(t.Context(), question(t, "08031234567")).Attempts[0]; a.Approach != "" || a.Score != 0 {
		t.Errorf("%+v", a)
	}
}

func TestSourcesThatAreAboutAsGoodKeepTheOperatorsOrder(t *testing.T) {
	t.Parallel()
	r := rankedRouter(usual, Candidate{Name: "a"}, Candidate{Name: "b"}, Candidate{Name: "c"})
	remembers(r, "a", 196, models.OutcomeFound)
	remembers(r, "a", 4, down) // 98 %
	remembers(r, "b", 200, models.OutcomeFound)
	remembers(r, "c", 200, models.OutcomeFound)
	if diff := cmp.Diff([]string{"a", "b", "c"}, asks(t, r)); diff != "" {
		t.Error(diff)
	}
}

func TestASourceThatFindsMoreOrCostsLessOrIsFasterComesFirst(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]func(r *Router){
		"finds more": func(r *Router) {
			remembers(r, "a", 100, models.OutcomeNotFound)
			remembers(r, "b", 100, models.OutcomeFound)
		},
		"fails less": func(r *Router) {
			remembers(r, "a", 100, models.OutcomeFound)
			remembers(r, "a", 20, models.OutcomeRateLimited)
			remembers(r, "b", 100, models.OutcomeFound)
		},
		"costs less": func(r *Router) {
			remembers(r, "a", 100, models.OutcomeFound)
			remembers(r, "b", 100, models.OutcomeFound)
			r.byName["a"].Tariff = &Tariff{Cost: models.NGN(50)}
		},
		"is faster": func(r *Router) {
			remembers(r, "a", 100, models.OutcomeFound)
			remembers(r, "b", 100, models.OutcomeFound)
			r.byName["a"].history.pace.smooth.Store(int64(4 * time.Second))
		},
	} {
		r := rankedRouter(usual, Candidate{Name: "a"}, Candidate{Name: "b"})
		row(r)
		if diff := cmp.Diff([]string{"b", "a"}, asks(t, r, func(q *lookup.Question) { q.Price.Found = 50 })); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNowAndThenAnotherSourceIsTriedFirst(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		chance float64
		want   []string
	}{
		"usually":             {.02, []string{"a", "b", "c"}},
		"the one next to it":  {0, []string{"b", "a", "c"}},
		"the one after":       {.015, []string{"c", "a", "b"}},
		"never beyond chance": {.99, []string{"a", "b", "c"}},
	} {
		weights := usual
		weights.Explore = .02
		r := rankedRouter(weights, Candidate{Name: "a"}, Candidate{Name: "b"}, Candidate{Name: "c"})
		r.chance = func() float64 { return row.chance }
		remembers(r, "a", 50, models.OutcomeFound)
		got := r.Owners(t.Context(), question(t, "08031234567"))
		var names []string
		for i, a := range got.Attempts {
			names = append(names, a.Source)
			if explored := a.Approach == models.Explored; explored != (i == 0 && row.want[0] != "a") {
				t.Errorf("%s: %+v", name, a)
			}
		}
		if diff := cmp.Diff(row.want, names); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestARecoveredSourceIsNoticedByExploring(t *testing.T) {
	t.Parallel()
	weights := usual
	weights.Explore = .02
	r := rankedRouter(weights, Candidate{Name: "a", Source: says(models.OutcomeFound)}, Candidate{Name: "b", Source: says(models.OutcomeFound)})
	remembers(r, "a", 200, down)
	asked := 0
	r.chance = func() float64 { // every fiftieth question explores
		asked++
		if asked%50 == 0 {
			return 0
		}
		return .5
	}
	for range 200 * 50 {
		once(t, r)
	}
	if got := asks(t, r); got[0] != "a" {
		t.Errorf("%v although a has been well for 200 exchanges", got)
	}
}

func TestCandidatesAreThoseThatTheBusinessAndTheQuestionAllow(t *testing.T) {
	t.Parallel()
	only := func(digits string) func(lookup.Question) bool {
		return func(q lookup.Question) bool { return q.Phone.Digits()[:len(digits)] == digits }
	}
	for name, row := range map[string]struct {
		change func(q *lookup.Question)
		want   []string
	}{
		"everybody who covers the number": {func(*lookup.Question) {}, []string{"basic", "full", "mtn"}},
		"another prefix":                  {func(q *lookup.Question) { q.Phone = models.PhoneFromE164("+2348051234567") }, []string{"basic", "full"}},
		"the full record":                 {func(q *lookup.Question) { q.Advanced = true }, []string{"full", "mtn"}},
		"the business's own list, in its order": {
			func(q *lookup.Question) { q.Routing.Sources = []string{"mtn", "gone", "basic"} }, []string{"mtn", "basic"},
		},
		"the plain record if there is no other": {
			func(q *lookup.Question) { q.Advanced, q.Routing.Sources = true, []string{"basic"} }, []string{"basic"},
		},
	} {
		r := rankedRouter(usual, Candidate{Name: "basic", BasicOnly: true}, Candidate{Name: "full"}, Candidate{Name: "mtn", Covers: only("234803")})
		if diff := cmp.Diff(row.want, asks(t, r, row.change)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAQuestionThatNobodyIsMadeForIsNotApplicable(t *testing.T) {
	t.Parallel()
	r := rankedRouter(usual, Candidate{Name: "a", Covers: func(lookup.Question) bool { return false }})
	got := r.Owners(t.Context(), question(t, "08031234567"))
	if got.Outcome != models.OutcomeNotApplicable || len(got.Attempts) != 0 || got.Err == nil {
		t.Errorf("%+v", got)
	}
}
