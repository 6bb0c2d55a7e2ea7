package providers

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

// The traps of breakers and bulkheads that were measured with the libraries, each held against the router as a whole.
// Those about misses, cancellations and hung probes stand in breaker_test.go.

// breaks opens the breaker of a router's only source.
func breaks(t *testing.T, r *Router) {
	t.Helper()
	for range 5 {
		once(t, r)
	}
	if state := r.Health()[0].State; state != "open" {
		t.Fatalf("after five failures: %s", state)
	}
}

func TestACancelledProbeLeavesTheBreakerHalfOpenAndItsPlaceFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var well atomic.Bool
		r := alone(func(ctx context.Context, q lookup.Question) lookup.Finding {
			if well.Load() {
				return waits(time.Second)(ctx, q)
			}
			return answer(down)
		})
		breaks(t, r)
		well.Store(true)
		time.Sleep(gate.BreakerPause + time.Millisecond)
		for range 2 * gate.BreakerProbes { // more than there are places for probes
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if got := r.Owners(ctx, question(t, "08031234567")).Outcome; got != models.OutcomeCanceled {
				t.Fatal(got)
			}
			cancel()
		}
		if state := r.Health()[0].State; state != "half-open" {
			t.Errorf("after cancelled probes: %s", state)
		}
		for range gate.BreakerProbes {
			once(t, r)
		}
		if state := r.Health()[0].State; state != "closed" {
			t.Errorf("after good probes: %s", state)
		}
	})
}

func TestHungCallsDoNotHideFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{{
			Name: "a", Limits: gate.Limits{MaxInflight: 200, Timeout: time.Hour},
			Source: source(func(ctx context.Context, q lookup.Question) lookup.Finding {
				switch n := asked.Add(1); {
				case n <= 100:
					return waits(time.Hour)(ctx, q)
				case n%2 == 0:
					return answer(models.OutcomeFound)
				default:
					return answer(down)
				}
			}),
		}}, Total: time.Hour})
		var hung sync.WaitGroup
		for range 100 {
			hung.Go(func() { once(t, r) })
		}
		synctest.Wait()
		for range 11 {
			once(t, r)
		}
		if state := r.Health()[0].State; state != "open" {
			t.Errorf("six of eleven fast ones failed beside a hundred that hang: %s", state)
		}
		hung.Wait()
	})
}

func TestNoMoreThanTheBulkheadReachesASourceThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reached atomic.Int32
		r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{{
			Name: "a", Limits: gate.Limits{MaxInflight: 8},
			Source: source(func(ctx context.Context, q lookup.Question) lookup.Finding {
				reached.Add(1)
				return waits(time.Hour)(ctx, q)
			}),
		}}})
		var all sync.WaitGroup
		var turnedAway atomic.Int32
		for range 500 {
			all.Go(func() {
				if once(t, r) == models.OutcomeBulkheadFull {
					turnedAway.Add(1)
				}
			})
		}
		all.Wait()
		if reached.Load() != 8 || turnedAway.Load() != 492 {
			t.Errorf("%d reached it, %d were turned away", reached.Load(), turnedAway.Load())
		}
		if state := r.Health()[0].State; state != "open" {
			t.Errorf("eight timeouts: %s", state)
		}
	})
}

func TestAFullBulkheadIsNoFailureOfTheSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
			{Name: "a", Source: waits(3 * time.Second), Limits: gate.Limits{MaxInflight: 1}},
		}})
		var busy sync.WaitGroup
		busy.Go(func() { once(t, r) })
		synctest.Wait()
		for range 20 {
			if got := once(t, r); got != models.OutcomeBulkheadFull {
				t.Fatal(got)
			}
		}
		busy.Wait()
		if h := r.Health()[0]; h.State != "closed" || h.Failures != 0 {
			t.Errorf("%+v", h)
		}
	})
}

func TestALongGoodPastDoesNotKeepABreakerClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		r := alone(func(context.Context, lookup.Question) lookup.Finding {
			if n := asked.Add(1); n <= 10_000 || n%2 == 0 { // never five failures in a row
				return answer(models.OutcomeFound)
			}
			return answer(down)
		})
		for range 10_000 {
			once(t, r)
		}
		time.Sleep(gate.BreakerWindow + gate.BreakerBucket)
		for range 20 {
			once(t, r)
		}
		if state := r.Health()[0].State; state != "open" {
			t.Errorf("ten failures of twenty after ten thousand good ones: %s", state)
		}
	})
}

func TestOurOwnCountsOutliveTheBreakersStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := alone(turns(down, down, down, down, down, models.OutcomeFound))
		breaks(t, r)
		time.Sleep(gate.BreakerPause + time.Millisecond)
		for range 4 {
			once(t, r)
		}
		if h := r.Health()[0]; h.State != "closed" || h.Failures != 5 || h.Successes != 4 || h.Judged != 9 || h.Rate != 4./9 {
			t.Errorf("%+v", h)
		}
	})
}

func TestASourceThatPanicsIsIll(t *testing.T) {
	t.Parallel()
	r := alone(func(context.Context, lookup.Question) lookup.Finding { panic("no") })
	breaks(t, r)
}
