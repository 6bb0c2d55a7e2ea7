package possession

import (
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
)

// metrics count codes by their outcome. They tell nothing about a person.
type metrics struct {
	sends     *prometheus.CounterVec
	decisions *prometheus.CounterVec
	checks    *prometheus.CounterVec
	reports   *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		sends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_codes_sent_total", Help: "Codes that were handed to a sender, by what it said.",
		}, []string{"channel", "outcome"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_code_sends_decided_total", Help: "Decisions about sending a code, by each reason that spoke against it; none stands for no reason.",
		}, []string{"verdict", "reason"}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_code_checks_total", Help: "Codes that were typed back, by what became of them.",
		}, []string{"outcome"}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_code_deliveries_total", Help: "Sent codes that a provider reported about, by what it said was new.",
		}, []string{"provider", "state"}),
	}
	m.prepare()
	return m
}

// prepare shows every series from the start: an absent one cannot be watched.
func (m *metrics) prepare() {
	for _, channel := range []models.Channel{models.ChannelSMS, models.ChannelWhatsApp, models.ChannelEmail} {
		for _, outcome := range outcomes {
			m.sends.WithLabelValues(string(channel), string(outcome))
		}
	}
	for _, verdict := range []models.SendDecision{models.SendAllowed, models.SendHandedBack} {
		m.decisions.WithLabelValues(string(verdict), "none")
	}
	for _, reason := range reasons {
		m.decisions.WithLabelValues(string(models.SendRefused), reason)
		m.decisions.WithLabelValues(string(models.SendRecorded), reason)
	}
	for _, outcome := range []string{"verified", string(models.CodeWrong), string(models.CodeExpired), string(models.CodeBurnt)} {
		m.checks.WithLabelValues(outcome)
	}
}

// expect shows the receipts of carriers from the start.
func (m *metrics) expect(carriers []string) {
	for _, name := range carriers {
		for _, state := range []models.DeliveryState{
			models.DeliverySent, models.DeliveryDelivered, models.DeliveryFailed, models.DeliveryExpired, models.DeliveryRejected,
		} {
			m.reports.WithLabelValues(name, string(state))
		}
	}
}

func (m *metrics) sent(channel models.Channel, outcome Outcome) {
	m.sends.WithLabelValues(string(channel), string(outcome)).Inc()
}

func (m *metrics) decided(decision models.SendDecision, reasons ...string) {
	if len(reasons) == 0 {
		reasons = []string{"none"}
	}
	for _, reason := range reasons {
		m.decisions.WithLabelValues(string(decision), reason).Inc()
	}
}

func (m *metrics) checked(err error) {
	outcome := "verified"
	if err != nil {
		outcome = string(models.CodeOf(err))
	}
	m.checks.WithLabelValues(outcome).Inc()
}

func (m *metrics) delivered(r DeliveryReport, messages int64) {
	m.reports.WithLabelValues(r.Provider, string(r.State)).Add(float64(messages))
}

// Register adds the service's metrics to a registry. The carriers are those whose receipts may come.
func (s *Service) Register(r prometheus.Registerer, carriers ...string) {
	s.metrics.expect(carriers)
	r.MustRegister(s.metrics.sends, s.metrics.decisions, s.metrics.checks, s.metrics.reports)
}
