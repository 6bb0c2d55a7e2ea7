package providers

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

// after is a source that gives one outcome after a span, or fails as soon as its context ends.
func after(span time.Duration, outcome models.Outcome) source {
	return func(ctx context.Context, _ lookup.Question) lookup.Finding {
		if err := gate.Sleep(ctx, span); err != nil {
			return lookup.Finding{Outcome: down, Err: err}
		}
		return answer(outcome)
	}
}

// hedger makes a router whose first source usually answers within 100 ms, and whose answers cost 40 kobo.
func hedger(first, second source) *Router {
	tariff := &Tariff{Cost: models.NGN(40), On: []models.Outcome{models.OutcomeFound}}
	r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
		{Name: "a", Vendor: "a", Source: first, Tariff: tariff}, {Name: "b", Vendor: "b", Source: second, Tariff: tariff},
	}})
	usually(r, "a")
	return r
}

func usually(r *Router, name string) {
	for range enough {
		r.byName[name].history.pace.add(100 * time.Millisecond)
	}
}

// hedged asks with an allowance, and gives the finding and how long it took.
func hedged(t *testing.T, r *Router, allowance int64) (lookup.Finding, time.Duration) {
	t.Helper()
	q := question(t, "08031234567")
	q.Price.Found, q.Routing.HedgePerDay = 50, allowance
	start := time.Now()
	return r.Owners(t.Context(), q), time.Since(start)
}

func TestASlowSourceIsHelpedOutByAnother(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, row := range map[string]struct {
		first, second source
		want          []string
		from          string
		took          time.Duration
	}{
		"a fast one is left alone": {
			after(99*ms, models.OutcomeFound), after(0, models.OutcomeFound), []string{"a found"}, "a", 99 * ms,
		},
		"the second is faster": {
			after(3000*ms, models.OutcomeFound), after(50*ms, models.OutcomeFound), []string{"a canceled", "b found"}, "b", 150 * ms,
		},
		"the first is faster after all": {
			after(120*ms, models.OutcomeFound), after(3000*ms, models.OutcomeFound), []string{"a found", "b canceled"}, "a", 120 * ms,
		},
		"a failure of the second does not end the first": {
			after(500*ms, models.OutcomeFound), after(5*ms, down), []string{"a found", "b provider_down"}, "a", 500 * ms,
		},
		"a failure of the first does not end the second": {
			after(150*ms, down), after(300*ms, models.OutcomeFound), []string{"a provider_down", "b found"}, "b", 400 * ms,
		},
		"a miss is definitive": {
			after(3000*ms, models.OutcomeFound), after(10*ms, models.OutcomeNotFound), []string{"a canceled", "b not_found"}, "b", 110 * ms,
		},
		"pending is not": {
			after(400*ms, models.OutcomeFound), after(10*ms, models.OutcomePending), []string{"a found", "b pending"}, "a", 400 * ms,
		},
		"a fast failure goes on in turn": {
			after(10*ms, down), after(10*ms, models.OutcomeFound), []string{"a provider_down", "b found"}, "b", 20 * ms,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, took := hedged(t, hedger(row.first, row.second), 1000)
				if diff := cmp.Diff(row.want, trail(got)); diff != "" {
					t.Error(diff)
				}
				if got.Source != row.from || took != row.took {
					t.Errorf("of %s after %v, want %s after %v", got.Source, took, row.from, row.took)
				}
			})
		})
	}
}

func TestAMissAfterWhichAnotherIsToLookDoesNotEndTheOther(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, change := range map[string]func(r *Router, q *lookup.Question){
		"by one that knows only some numbers":     func(r *Router, _ *lookup.Question) { r.byName["b"].NextOnMiss = true },
		"where a second source is asked after it": func(_ *Router, q *lookup.Question) { q.Routing.SecondOnMiss = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := hedger(after(400*ms, models.OutcomeFound), after(10*ms, models.OutcomeNotFound))
				q := question(t, "08031234567")
				q.Price.Found, q.Routing.HedgePerDay = 50, 1000
				change(r, &q)
				got := r.Owners(t.Context(), q)
				if diff := cmp.Diff([]string{"a found", "b not_found"}, trail(got)); diff != "" || got.Source != "a" {
					t.Error(got.Source, diff)
				}
			})
		})
	}
}

func TestAFindCountsMoreThanAMissThatCameWithIt(t *testing.T) {
	t.Parallel()
	r := hedger(says(models.OutcomeFound), says(models.OutcomeNotFound))
	q := question(t, "08031234567")
	q.Price.Found = 50
	list := r.plan(&q, noon)
	s := &search{r: r, q: q, start: noon, at: noon}
	s.takeBoth(t.Context(), returned{list[1], answer(models.OutcomeNotFound), noon}, returned{list[0], answer(models.OutcomeFound), noon})
	if got := s.result(); got.Outcome != models.OutcomeFound || !s.over {
		t.Error(got.Outcome, s.over)
	}
}

func TestBothCostsOfAHedgeAreRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().UTC()
		got, _ := hedged(t, hedger(after(time.Hour, models.OutcomeFound), after(50*time.Millisecond, models.OutcomeFound)), 1000)
		want := []models.Attempt{
			{Source: "a", Outcome: models.OutcomeCanceled, At: start, Millis: 150, Approach: models.InOrder, Billed: models.BilledUnknown, CostMinor: 40, Currency: "NGN"},
			{Source: "b", Outcome: models.OutcomeFound, At: start.Add(100 * time.Millisecond), Millis: 50, Approach: models.Hedged, Billed: models.BilledYes, CostMinor: 40, Currency: "NGN"},
		}
		if diff := cmp.Diff(want, got.Attempts); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLosersOfHedgesDoNotHurtTheirBreakerNorTheirRank(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := hedger(after(3*time.Second, models.OutcomeFound), after(10*time.Millisecond, models.OutcomeFound))
		for range 12 {
			if got, _ := hedged(t, r, 1_000_000); got.Source != "b" {
				t.Fatal(trail(got))
			}
		}
		if h := r.Health()[0]; h.State != "closed" || h.Failures != 0 || h.Judged != 0 || h.LastOutcome != models.OutcomeCanceled {
			t.Errorf("%+v", h)
		}
	})
}

func TestHedgingIsAskedForPaidForAndBounded(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		r := hedger(after(time.Second, models.OutcomeFound), func(context.Context, lookup.Question) lookup.Finding {
			asked.Add(1)
			return answer(models.OutcomeFound)
		})
		expect := func(what string, allowance int64, want int32) {
			t.Helper()
			usually(r, "a")
			hedged(t, r, allowance)
			if got := asked.Swap(0); got != want {
				t.Errorf("%s: the second was asked %d times, want %d", what, got, want)
			}
		}
		expect("not asked for", 0, 0)
		expect("less than one costs", 39, 0)
		expect("the first of two", 80, 1)
		expect("the second of two", 80, 1)
		expect("the day's money is spent", 80, 0)
		time.Sleep(day)
		expect("the next day", 80, 1)
	})
}

func TestAHedgeGoesToAnotherVendorThatMayBeAsked(t *testing.T) {
	t.Parallel()
	cheap, dear := &Tariff{Cost: models.NGN(1)}, &Tariff{Cost: models.NGN(51)}
	for name, row := range map[string]struct {
		second Candidate
		known  bool
		hedges bool
	}{
		"another vendor":         {Candidate{Vendor: "b", Tariff: cheap}, true, true},
		"the same vendor":        {Candidate{Vendor: "a", Tariff: cheap}, true, false},
		"too dear":               {Candidate{Vendor: "b", Tariff: dear}, true, false},
		"at a cost not known":    {Candidate{Vendor: "b", Tariff: &Tariff{}}, true, false},
		"a first not well known": {Candidate{Vendor: "b", Tariff: cheap}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				row.second.Name, row.second.Source = "b", after(0, models.OutcomeFound)
				r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
					{Name: "a", Vendor: "a", Source: after(time.Second, models.OutcomeFound), Tariff: cheap}, row.second,
				}})
				if row.known {
					usually(r, "a")
				}
				got, _ := hedged(t, r, 1000)
				if hedges := got.Source == "b"; hedges != row.hedges {
					t.Error(trail(got))
				}
			})
		})
	}
}

func TestAHedgeCountsAsAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow, cheap := after(time.Second, down), &Tariff{Cost: models.NGN(1)}
		r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
			{Name: "a", Source: slow, Tariff: cheap},
			{Name: "b", Source: slow, Tariff: cheap},
			{Name: "c", Source: slow, Tariff: cheap},
			{Name: "d", Source: slow, Tariff: cheap},
		}})
		usually(r, "a")
		usually(r, "c")
		got, _ := hedged(t, r, 1000)
		if diff := cmp.Diff([]string{"a provider_down", "b provider_down", "c provider_down"}, trail(got)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOnlySoManyBusinessesSpendingIsRemembered(t *testing.T) {
	t.Parallel()
	var b hedgeBudget
	q := lookup.Question{Routing: models.Routing{HedgePerDay: 10}}
	for i := range maxHedgers + 1 {
		q.BusinessID = string(rune(i + 1))
		if got := b.spend(&q, nil, noon); got != (i < maxHedgers) {
			t.Fatalf("business %d: %t", i, got)
		}
	}
	if len(b.spent) != maxHedgers {
		t.Errorf("%d remembered", len(b.spent))
	}
}
