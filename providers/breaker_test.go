package providers

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

const down = models.OutcomeProviderDown

// once asks and gives the outcome.
func once(t *testing.T, r *Router) models.Outcome {
	t.Helper()
	return r.Owners(t.Context(), question(t, "08031234567")).Outcome
}

func alone(s source) *Router {
	return newRouter(RouterOptions{Candidates: []Candidate{{Name: "a", Source: s}}, Chance: calm})
}

// afterRecovery opens a breaker, waits until it is half-open and gives its state after three probes of one outcome.
func afterRecovery(t *testing.T, outcome models.Outcome) string {
	r := alone(turns(down, down, down, down, down, outcome))
	for range 5 {
		once(t, r)
	}
	time.Sleep(gate.BreakerPause + time.Millisecond)
	for range 3 {
		once(t, r)
	}
	return r.Health()[0].State
}

func TestABreakerOpensAfterFiveFailuresAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := alone(turns(down, down, down, down, down, models.OutcomeFound))
		for range 5 {
			if got := once(t, r); got != down {
				t.Fatalf("while closed: %s", got)
			}
		}
		if got := once(t, r); got != models.OutcomeBreakerOpen {
			t.Errorf("while open: %s", got)
		}
		time.Sleep(gate.BreakerPause + time.Millisecond)
		if state := r.Health()[0].State; state != "half-open" {
			t.Errorf("after the pause: %s", state)
		}
		for range 3 {
			if got := once(t, r); got != models.OutcomeFound {
				t.Errorf("probe: %s", got)
			}
		}
		if state := r.Health()[0].State; state != "closed" {
			t.Errorf("after the probes: %s", state)
		}
	})
}

func TestABreakerOpensWhenHalfOfTenFail(t *testing.T) {
	t.Parallel()
	r := alone(turns(models.OutcomeFound, down, models.OutcomeFound, down, models.OutcomeFound, down,
		models.OutcomeFound, down, models.OutcomeFound, down))
	for range 10 {
		once(t, r)
	}
	if state := r.Health()[0].State; state != "open" {
		t.Errorf("state %s", state)
	}
}

func TestAMissIsNeutralInAStreakOfFailures(t *testing.T) {
	t.Parallel()
	miss := models.OutcomeNotFound
	r := alone(turns(down, down, miss, down, down, miss, down))
	for range 7 {
		once(t, r)
	}
	if state := r.Health()[0].State; state != "open" {
		t.Errorf("five failures with misses between them: %s", state)
	}
}

func TestSixCancellationsDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := alone(waits(time.Second))
		for range 6 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			got := r.Owners(ctx, question(t, "08031234567"))
			cancel()
			if got.Outcome != models.OutcomeCanceled || len(got.Attempts) != 1 {
				t.Fatalf("%s, attempts %v", got.Outcome, got.Attempts)
			}
		}
		if state := r.Health()[0].State; state != "closed" {
			t.Errorf("state %s", state)
		}
	})
}

func TestAHungProbeDoesNotBlockTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		r := alone(func(context.Context, lookup.Question) lookup.Finding {
			turn := asked.Add(1)
			if turn == 6 {
				time.Sleep(time.Hour)
			}
			if turn <= 6 {
				return answer(down)
			}
			return answer(models.OutcomeFound)
		})
		for range 5 {
			once(t, r)
		}
		time.Sleep(gate.BreakerPause + time.Millisecond)
		if got := once(t, r); got != models.OutcomeTimeout {
			t.Errorf("hung probe: %s", got)
		}
		time.Sleep(2*gate.BreakerPause + time.Millisecond)
		if got := once(t, r); got != models.OutcomeFound {
			t.Errorf("next probe: %s", got)
		}
		time.Sleep(time.Hour) // until the hung one returns
	})
}

func TestAProbeThatFailsLengthensThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := alone(says(down))
		for range 5 {
			once(t, r)
		}
		for i, growth := range []time.Duration{1, 2, 4, 6, 6} {
			time.Sleep(growth*gate.BreakerPause - time.Millisecond)
			if got := once(t, r); got != models.OutcomeBreakerOpen {
				t.Errorf("pause %d is shorter: %s", i, got)
			}
			time.Sleep(2 * time.Millisecond)
			if got := once(t, r); got != down {
				t.Errorf("pause %d is longer: %s", i, got)
			}
		}
	})
}

func TestWithoutBreakersFailuresCloseNothing(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Candidates: []Candidate{{Name: "a", Source: says(down)}}, Breakerless: true})
	for range 20 {
		if got := once(t, r); got != down {
			t.Fatalf("outcome %s", got)
		}
	}
	if state := r.Health()[0].State; state != "none" {
		t.Errorf("state %s", state)
	}
}

func TestAClockThatIsPutBackKeepsNoBreakerShut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Int64
		r := newRouter(RouterOptions{
			Candidates: []Candidate{{Name: "a", Source: turns(down, down, down, down, down, models.OutcomeFound)}}, Chance: calm,
			Now: func() time.Time { return time.Now().UTC().Add(-time.Duration(back.Load())) },
		})
		for range 5 {
			once(t, r)
		}
		back.Store(int64(time.Hour))
		time.Sleep(gate.BreakerPause + time.Millisecond)
		if got := once(t, r); got != models.OutcomeFound {
			t.Error(got)
		}
	})
}
