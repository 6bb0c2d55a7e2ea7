package gate

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics tell the state of what stands behind gates, sources and carriers alike. They are read when they are scraped:
// a breaker turns half-open only when somebody looks, so a gauge that is set at each change would still say "open".
type Metrics struct {
	state, inflight *prometheus.Desc

	mu   sync.Mutex
	list []watched
}

// watched is a gate and what stands behind it.
type watched struct {
	*Gate
	name string
}

// NewMetrics makes metrics that are registered nowhere yet.
func NewMetrics() *Metrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("whoseline_provider_"+name, help, []string{"provider"}, nil)
	}
	return &Metrics{
		state:    desc("breaker_state", "State of a source's breaker: 0 closed, 1 half-open, 2 open."),
		inflight: desc("in_flight", "Questions that are with a source now."),
	}
}

// Watch counts a gate under a name. Of several gates with one name the worst is shown.
func (m *Metrics) Watch(name string, g *Gate) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, watched{g, name})
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	out <- m.state
	out <- m.inflight
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	states, inflight := map[string]State{}, map[string]int{}
	for _, g := range m.list {
		inflight[g.name] += len(g.slots)
		if g.Breaker != nil {
			states[g.name] = max(states[g.name], g.Breaker.State())
		}
	}
	for name, state := range states {
		out <- prometheus.MustNewConstMetric(m.state, prometheus.GaugeValue, float64(state), name)
	}
	for name, n := range inflight {
		out <- prometheus.MustNewConstMetric(m.inflight, prometheus.GaugeValue, float64(n), name)
	}
}
