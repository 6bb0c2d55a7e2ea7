package providers

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"whoseline/models"
	"whoseline/providers/gate"
)

const stateHelp = `# HELP whoseline_provider_breaker_state State of a source's breaker: 0 closed, 1 half-open, 2 open.
# TYPE whoseline_provider_breaker_state gauge
`

func TestTheBreakersStateIsTrueAtScrapeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		metrics, registry := NewMetrics(), prometheus.NewPedanticRegistry()
		if err := metrics.Register(registry); err != nil {
			t.Fatal(err)
		}
		expect := func(value string) {
			t.Helper()
			want := stateHelp + `whoseline_provider_breaker_state{provider="a"} ` + value + "\n"
			err := testutil.GatherAndCompare(registry, strings.NewReader(want), "whoseline_provider_breaker_state")
			if err != nil {
				t.Error(err)
			}
		}
		r := newRouter(RouterOptions{
			Metrics: metrics, Chance: calm, Candidates: []Candidate{{Name: "a", Source: says(down)}},
		})
		expect("0")
		for range 5 {
			once(t, r)
		}
		expect("2")
		time.Sleep(gate.BreakerPause + time.Millisecond)
		expect("1")
	})
}

func TestOutcomesAndDurationsAreCounted(t *testing.T) {
	t.Parallel()
	metrics, registry := NewMetrics(), prometheus.NewPedanticRegistry()
	if err := metrics.Register(registry); err != nil {
		t.Fatal(err)
	}
	candidates := []Candidate{{Name: "a", Source: says(models.OutcomeFound)}}
	live := newRouter(RouterOptions{Metrics: metrics, Candidates: candidates})
	sandbox := newRouter(RouterOptions{Metrics: metrics, Candidates: candidates, Breakerless: true})
	once(t, live)
	once(t, sandbox)
	if n := testutil.ToFloat64(metrics.outcomes.WithLabelValues("a", "found")); n != 2 {
		t.Errorf("%v found", n)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "whoseline_provider_attempt_duration_seconds" {
			h := f.GetMetric()[0].GetHistogram()
			if h.GetSampleCount() != 2 || h.Schema == nil || len(h.GetBucket()) != 14 {
				t.Errorf("durations: %v", h)
			}
			return
		}
	}
	t.Error("no durations")
}
