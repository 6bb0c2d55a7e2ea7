package providers

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"

	"whoseline/models"
)

// Metrics counts what becomes of the exchanges with sources. One Metrics may serve several routers; sources of the same
// name are then counted together. Labels are the source's name and the outcome, nothing else.
type Metrics struct {
	outcomes   *prometheus.CounterVec
	durations  *prometheus.HistogramVec
	rejections *prometheus.CounterVec
	late       *prometheus.CounterVec
	state      *prometheus.Desc
	inflight   *prometheus.Desc

	mu     sync.Mutex
	routes []*route
}

var _ prometheus.Collector = (*Metrics)(nil)

// NewMetrics makes metrics that are registered nowhere yet.
func NewMetrics() *Metrics {
	provider := []string{"provider"}
	return &Metrics{
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_provider_outcomes_total",
			Help: "Outcomes of asking a source, including those where a breaker or a bulkhead kept us from asking.",
		}, []string{"provider", "outcome"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "whoseline_provider_attempt_duration_seconds",
			Help:    "Time that one exchange with a source took.",
			Buckets: []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10},

			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, provider),
		rejections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_provider_bulkhead_rejections_total",
			Help: "Questions that found no place at a source in time.",
		}, provider),
		late: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_provider_late_answers_total",
			Help: "Answers that came after nobody waited any more; the far side may have billed them.",
		}, provider),
		state: prometheus.NewDesc("whoseline_provider_breaker_state",
			"State of a source's breaker: 0 closed, 1 half-open, 2 open.", provider, nil),
		inflight: prometheus.NewDesc("whoseline_provider_in_flight",
			"Questions that are with a source now.", provider, nil),
	}
}

// Register hands the metrics to a registry.
func (m *Metrics) Register(registry prometheus.Registerer) error { return registry.Register(m) }

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	m.outcomes.Describe(out)
	m.durations.Describe(out)
	m.rejections.Describe(out)
	m.late.Describe(out)
	out <- m.state
	out <- m.inflight
}

// Collect implements prometheus.Collector. The breakers are asked for their state here, at scrape time: a breaker turns
// half-open only when somebody looks, so a gauge kept up to date by its changes would go on saying "open".
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.outcomes.Collect(out)
	m.durations.Collect(out)
	m.rejections.Collect(out)
	m.late.Collect(out)
	m.mu.Lock()
	defer m.mu.Unlock()
	states, inflight := map[string]gobreaker.State{}, map[string]int{}
	for _, t := range m.routes {
		inflight[t.Name] += len(t.slots)
		if t.breaker != nil {
			states[t.Name] = max(states[t.Name], t.breaker.state())
		}
	}
	for name, state := range states {
		out <- prometheus.MustNewConstMetric(m.state, prometheus.GaugeValue, float64(state), name)
	}
	for name, n := range inflight {
		out <- prometheus.MustNewConstMetric(m.inflight, prometheus.GaugeValue, float64(n), name)
	}
}

func (m *Metrics) watch(t *route) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.routes = append(m.routes, t)
}

// meter is one source's share of the metrics, looked up once because every question passes it.
type meter struct {
	outcomes map[models.Outcome]prometheus.Counter
	duration prometheus.Observer
	rejected prometheus.Counter
	late     prometheus.Counter
}

func (m *Metrics) meter(provider string) meter {
	made := meter{
		outcomes: make(map[models.Outcome]prometheus.Counter, len(rules)),
		duration: m.durations.WithLabelValues(provider),
		rejected: m.rejections.WithLabelValues(provider),
		late:     m.late.WithLabelValues(provider),
	}
	for outcome := range rules {
		made.outcomes[outcome] = m.outcomes.WithLabelValues(provider, string(outcome))
	}
	return made
}

func (m *meter) count(outcome models.Outcome, took time.Duration) {
	m.outcomes[outcome].Inc()
	if outcome == models.OutcomeBulkheadFull {
		m.rejected.Inc()
	}
	if !rules[outcome].Unasked {
		m.duration.Observe(took.Seconds())
	}
}
