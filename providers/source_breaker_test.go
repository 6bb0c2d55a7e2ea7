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

const sourceDown = models.OutcomeSourceDown

// sharing makes a router over candidates that all ask NIMC.
func sharing(said map[string]source, names ...string) *Router {
	var candidates []Candidate
	for _, name := range names {
		candidates = append(candidates, Candidate{Name: name, Data: "nimc", PendingIsOutage: true, Source: said[name]})
	}
	return newRouter(RouterOptions{Candidates: candidates, Chance: calm})
}

// asking puts a question to one candidate alone, and gives what became of it.
func asking(t *testing.T, r *Router, name string) models.Outcome {
	t.Helper()
	q := question(t, "08031234567")
	q.Routing = models.Routing{Sources: []string{name}}
	return r.Owners(t.Context(), q).Outcome
}

func shared(r *Router) string { return r.routes[0].data.Breaker.State().String() }

func TestASharedSourceIsBelievedToBeAwayWhenTwoProvidersSaySo(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		a, b  models.Outcome
		names []string
		want  string
	}{
		"both say so":                        {sourceDown, sourceDown, []string{"a", "b"}, "open"},
		"one says so and the other will say": {sourceDown, models.OutcomePending, []string{"a", "b"}, "open"},
		"one says so, the other is ill":      {sourceDown, down, []string{"a", "b"}, "closed"},
		"both are ill":                       {down, models.OutcomeTimeout, []string{"a", "b"}, "closed"},
		"one says so, the other finds":       {sourceDown, models.OutcomeFound, []string{"a", "b"}, "closed"},
		"one says so, the other misses":      {sourceDown, models.OutcomeNotFound, []string{"a", "b"}, "closed"},
		"the only one says so":               {sourceDown, "", []string{"a"}, "open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := sharing(map[string]source{"a": says(row.a), "b": says(row.b)}, row.names...)
				for range 4 { // short of what opens a provider's own breaker
					for _, name := range row.names {
						asking(t, r, name)
					}
				}
				asking(t, r, "a")
				if got := shared(r); got != row.want {
					t.Errorf("%s, want %s", got, row.want)
				}
			})
		})
	}
}

func TestWhatOneProviderSaidLongAgoIsNoSecondVoice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := sharing(map[string]source{"a": turns(sourceDown), "b": turns(sourceDown)}, "a", "b")
		asking(t, r, "b")
		time.Sleep(gate.BreakerWindow + time.Second)
		for range 5 {
			asking(t, r, "a")
		}
		if got := shared(r); got != "closed" {
			t.Errorf("%s", got)
		}
		asking(t, r, "b")
		if got := shared(r); got != "open" {
			t.Errorf("with a second voice: %s", got)
		}
	})
}

func TestAnOpenSharedSourceBarsAllWhoAskItAndTheirBreakersStayClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		said := map[string]source{"a": turns(sourceDown, sourceDown, sourceDown, models.OutcomeFound), "b": turns(sourceDown, sourceDown, models.OutcomeFound)}
		r := sharing(said, "a", "b")
		for _, name := range []string{"a", "b", "a", "b", "a"} {
			asking(t, r, name)
		}
		for _, name := range []string{"a", "b"} {
			if got := asking(t, r, name); got != models.OutcomeBreakerOpen {
				t.Errorf("%s: %s", name, got)
			}
			if state := r.byName[name].Breaker.State().String(); state != "closed" {
				t.Errorf("the breaker of %s itself is %s", name, state)
			}
		}
		h := r.Health()
		if h[0].State != "open" || h[1].State != "open" || h[0].RetryAt.IsZero() || h[0].Data != "nimc" {
			t.Errorf("%+v", h)
		}
		time.Sleep(gate.BreakerPause + time.Millisecond)
		if got := shared(r); got != "half-open" {
			t.Errorf("after the pause: %s", got)
		}
		for _, name := range []string{"a", "b", "b"} {
			if got := asking(t, r, name); got != models.OutcomeFound {
				t.Errorf("probe of %s: %s", name, got)
			}
		}
		if got := shared(r); got != "closed" {
			t.Errorf("after three probes: %s", got)
		}
	})
}

// openBreaker is one that has just seen five failures.
func openBreaker() *gate.Breaker {
	b := gate.New("a", gate.Limits{}, gate.Options{}.WithMachine()).Breaker
	for range 5 {
		report, _ := b.Allow()
		b.Report(report, gate.Hurts)
	}
	return b
}

func TestAnOpenProviderDoesNotUseUpTheSourcesProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := sharing(map[string]source{"a": says(sourceDown), "b": turns(sourceDown, sourceDown, models.OutcomeFound)}, "a", "b")
		for _, name := range []string{"b", "b", "a", "a", "a", "a", "a"} {
			asking(t, r, name)
		}
		time.Sleep(gate.BreakerPause + time.Millisecond)
		a := r.byName["a"]
		a.Breaker = openBreaker()
		for range 2 * gate.BreakerProbes {
			if got := a.ask(t.Context(), question(t, "08031234567"), time.Second); got.Outcome != models.OutcomeBreakerOpen {
				t.Fatal(got.Outcome)
			}
		}
		for range gate.BreakerProbes {
			if got := asking(t, r, "b"); got != models.OutcomeFound {
				t.Errorf("probe: %s", got)
			}
		}
		if got := shared(r); got != "closed" {
			t.Errorf("the source: %s", got)
		}
	})
}

func TestTheSharedBreakersStateIsTrueAtScrapeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		metrics, registry := NewMetrics(), prometheus.NewPedanticRegistry()
		if err := metrics.Register(registry); err != nil {
			t.Fatal(err)
		}
		r := newRouter(RouterOptions{Metrics: metrics, Chance: calm, Candidates: []Candidate{{Name: "a", Data: "nimc", Source: says(sourceDown)}}})
		expect := func(value string) {
			t.Helper()
			want := "# HELP whoseline_data_source_breaker_state State of the breaker of what several sources ask: 0 closed, 1 half-open, 2 open.\n" +
				"# TYPE whoseline_data_source_breaker_state gauge\nwhoseline_data_source_breaker_state{data=\"nimc\"} " + value + "\n"
			if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "whoseline_data_source_breaker_state"); err != nil {
				t.Error(err)
			}
		}
		expect("0")
		for range 5 {
			once(t, r)
		}
		expect("2")
		time.Sleep(gate.BreakerPause + time.Millisecond)
		expect("1")
	})
}

func TestOnlyWhatIsNamedIsShared(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Candidates: []Candidate{{Name: "a", Source: says(sourceDown)}, {Name: "b", Data: "nimc", Source: says(sourceDown)}}})
	if r.routes[0].data != nil || r.routes[1].data == nil {
		t.Error("a source of its own has a shared breaker, or a shared one has none")
	}
	if got := r.routes[0].accusation(models.OutcomePending); got != gate.Ignored {
		t.Errorf("a pending answer that is the vendor's usual way accuses: %v", got)
	}
}
