package providers

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"whoseline/models"
	"whoseline/providers/gate"
)

// Metrics counts the results of exchanges with sources. One Metrics may serve several routers; sources of the same name
// are then counted together. The labels are the source's name and the outcome, nothing else.
type Metrics struct {
	outcomes   *prometheus.CounterVec
	durations  *prometheus.HistogramVec
	rejections *prometheus.CounterVec
	late       *prometheus.CounterVec
	costs      *prometheus.CounterVec
	revenues   *prometheus.CounterVec
	scraped    scraped

	Gates *gate.Metrics // of breakers and bulkheads

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
		costs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_provider_cost_minor_units_total",
			Help: "What sources charge us, in minor units of their currency; canceled, timeout and bad_payload may not have been billed.",
		}, []string{"provider", "outcome"}),
		revenues: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_provider_revenue_minor_units_total",
			Help: "What businesses pay for a source's answers, in minor units; less the cost it is the margin.",
		}, []string{"provider", "outcome"}),
		Gates:   gate.NewMetrics(),
		scraped: describeScraped(),
	}
}

// vecs are the metrics that count as things happen.
func (m *Metrics) vecs() []prometheus.Collector {
	return []prometheus.Collector{m.outcomes, m.durations, m.rejections, m.late, m.costs, m.revenues}
}

// Register hands the metrics to a registry.
func (m *Metrics) Register(registry prometheus.Registerer) error { return registry.Register(m) }

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	for _, v := range m.vecs() {
		v.Describe(out)
	}
	m.Gates.Describe(out)
	m.scraped.describe(out)
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	for _, v := range m.vecs() {
		v.Collect(out)
	}
	m.Gates.Collect(out)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scraped.collect(m.routes, out)
}

func (m *Metrics) watch(t *route) {
	m.Gates.Watch(t.Name, &t.Gate)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.routes = append(m.routes, t)
}

// meter is one source's part of the metrics, looked up once because every question needs it.
type meter struct {
	outcomes map[models.Outcome]prometheus.Counter
	duration prometheus.Observer
	rejected prometheus.Counter
	late     prometheus.Counter
	costs    *prometheus.CounterVec // other outcomes than found and not_found seldom cost anything
	revenues *prometheus.CounterVec
	provider string
}

func (m *Metrics) meter(provider string) meter {
	made := meter{
		outcomes: make(map[models.Outcome]prometheus.Counter, len(rules)),
		duration: m.durations.WithLabelValues(provider),
		rejected: m.rejections.WithLabelValues(provider),
		late:     m.late.WithLabelValues(provider),
		costs:    m.costs, revenues: m.revenues, provider: provider,
	}
	for outcome := range rules {
		made.outcomes[outcome] = m.outcomes.WithLabelValues(provider, string(outcome))
	}
	for _, outcome := range []models.Outcome{models.OutcomeFound, models.OutcomeNotFound} {
		m.costs.WithLabelValues(provider, string(outcome))
		m.revenues.WithLabelValues(provider, string(outcome))
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

func (m *meter) cost(outcome models.Outcome, minor int64) {
	if minor > 0 {
		m.costs.WithLabelValues(m.provider, string(outcome)).Add(float64(minor))
	}
}

func (m *meter) revenue(outcome models.Outcome, minor int64) {
	if minor > 0 {
		m.revenues.WithLabelValues(m.provider, string(outcome)).Add(float64(minor))
	}
}
