package batches

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct{ rows *prometheus.CounterVec }

func newMetrics() *metrics {
	m := &metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "whoseline_batch_rows_total", Help: "Rows of batches that this gateway has asked, by what came of them.",
	}, []string{"outcome"})}
	for _, outcome := range []string{found, notFound, failed, pending, refused, erased} {
		m.rows.WithLabelValues(outcome)
	}
	return m
}

func (m *metrics) count(done []Row) {
	for _, r := range done {
		m.rows.WithLabelValues(r.Outcome).Inc()
	}
}

var statesDesc = prometheus.NewDesc("whoseline_batches", "Batches that have not ended, by state.", []string{"state"}, nil)

// Register adds the room's metrics to a registry.
func (s *Service) Register(r prometheus.Registerer) { r.MustRegister(s.metrics.rows, collector{s}) }

type collector struct{ service *Service }

// Describe sends the description of the states.
func (c collector) Describe(to chan<- *prometheus.Desc) { to <- statesDesc }

// Collect counts the batches. When the database does not answer, the figures are absent.
func (c collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	counts, err := c.service.states(ctx)
	if err != nil {
		c.service.Log.Error("batches: count them", "err", err)
		return
	}
	for state, n := range counts {
		to <- prometheus.MustNewConstMetric(statesDesc, prometheus.GaugeValue, float64(n), string(state))
	}
}
