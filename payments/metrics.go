package payments

import "github.com/prometheus/client_golang/prometheus"

type metrics struct{ ended, told *prometheus.CounterVec }

func newMetrics() *metrics {
	m := &metrics{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "whoseline_top_ups_total", Help: "Top-ups that have come to a state, by state."}, []string{"state"}),
		told:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "whoseline_payment_messages_total", Help: "Messages of the payment vendor, taken or refused as forged."}, []string{"result"}),
	}
	for _, state := range []State{Paid, Failed, Abandoned, Review, Reversed} {
		m.ended.WithLabelValues(string(state))
	}
	for _, result := range []string{"taken", "refused"} {
		m.told.WithLabelValues(result)
	}
	return m
}

// Register adds the room's metrics to a registry.
func (s *Service) Register(r prometheus.Registerer) { r.MustRegister(s.metrics.ended, s.metrics.told) }
