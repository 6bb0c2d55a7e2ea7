package possession

import (
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
)

// metrics count codes by what became of them. Nothing tells about whom.
type metrics struct {
	sends    *prometheus.CounterVec
	verdicts *prometheus.CounterVec
	checks   *prometheus.CounterVec
	receipts *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		sends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_codes_sent_total", Help: "Codes that were handed to a sender, by what it said.",
		}, []string{"channel", "outcome"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_code_sends_decided_total", Help: "Decisions about sending a code, by each reason that spoke against it; none stands for no reason.",
		}, []string{"verdict", "reason"}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_code_checks_total", Help: "Codes that were typed back, by what became of them.",
		}, []string{"outcome"}),
		receipts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_code_deliveries_total", Help: "Sent codes that a provider reported about, by what it said was new.",
		}, []string{"provider", "state"}),
	}
}

func (m *metrics) sent(channel models.Channel, outcome Outcome) {
	m.sends.WithLabelValues(string(channel), string(outcome)).Inc()
}

func (m *metrics) decided(verdict models.Verdict, reasons ...string) {
	if len(reasons) == 0 {
		reasons = []string{"none"}
	}
	for _, reason := range reasons {
		m.verdicts.WithLabelValues(string(verdict), reason).Inc()
	}
}

func (m *metrics) checked(err error) {
	outcome := "verified"
	if err != nil {
		outcome = string(models.CodeOf(err))
	}
	m.checks.WithLabelValues(outcome).Inc()
}

func (m *metrics) delivered(r Receipt, messages int64) {
	m.receipts.WithLabelValues(r.Provider, string(r.State)).Add(float64(messages))
}

// Register adds the service's metrics to a registry.
func (s *Service) Register(r prometheus.Registerer) {
	r.MustRegister(s.metrics.sends, s.metrics.verdicts, s.metrics.checks, s.metrics.receipts)
}
