package providers

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"whoseline/models"
	"whoseline/providers/gate"
)

func TestABulkheadRejectsWhatItCannotHoldWithinItsPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		metrics := NewMetrics()
		r := newRouter(RouterOptions{Metrics: metrics, Candidates: []Candidate{
			{Name: "a", Source: waits(time.Second), Limits: gate.Limits{MaxInflight: 2}},
		}})
		var busy sync.WaitGroup
		for range 2 {
			busy.Go(func() { once(t, r) })
		}
		synctest.Wait()
		start := time.Now()
		if got := once(t, r); got != models.OutcomeBulkheadFull {
			t.Errorf("outcome %s", got)
		}
		if took := time.Since(start); took != operator.BulkheadWait {
			t.Errorf("took %v", took)
		}
		if n := testutil.ToFloat64(metrics.rejections.WithLabelValues("a")); n != 1 {
			t.Errorf("%v rejections", n)
		}
		busy.Wait()
		if got := once(t, r); got != models.OutcomeFound {
			t.Errorf("afterwards: %s", got)
		}
	})
}

func TestAPlaceThatBecomesFreeInTimeIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(RouterOptions{Candidates: []Candidate{
			{Name: "a", Source: waits(30 * time.Millisecond), Limits: gate.Limits{MaxInflight: 1}},
		}})
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if got := once(t, r); got != models.OutcomeFound {
					t.Errorf("outcome %s", got)
				}
			})
		}
		both.Wait()
	})
}

func TestAHangingSourceKeepsItsPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(RouterOptions{Candidates: []Candidate{
			{Name: "a", Source: hangs(time.Minute), Limits: gate.Limits{MaxInflight: 1}},
		}})
		if got := once(t, r); got != models.OutcomeTimeout {
			t.Errorf("first: %s", got)
		}
		if got := once(t, r); got != models.OutcomeBulkheadFull {
			t.Errorf("second: %s", got)
		}
		time.Sleep(time.Minute)
	})
}

func TestARateLimitOfOursKeepsTheSourceUnasked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(RouterOptions{Candidates: []Candidate{
			{Name: "a", Source: says(models.OutcomeFound), Limits: gate.Limits{Rate: 2}},
		}})
		want := []models.Outcome{models.OutcomeFound, models.OutcomeFound, models.OutcomeBulkheadFull}
		for i, outcome := range want {
			if got := once(t, r); got != outcome {
				t.Errorf("question %d: %s", i, got)
			}
		}
		time.Sleep(500 * time.Millisecond)
		if got := once(t, r); got != models.OutcomeFound {
			t.Errorf("half a second later: %s", got)
		}
	})
}
