package staff

import (
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
)

// metrics count sign-ins by what became of them. Nothing tells whose.
type metrics struct {
	signIns *prometheus.CounterVec
}

func newMetrics(house string) *metrics {
	name, help := "whoseline_sign_ins_total", "Tries to sign in to the console, by what became of them."
	if house != "" {
		name, help = "whoseline_operator_sign_ins_total", "Tries to sign in to the operator's desk, by what became of them."
	}
	m := &metrics{signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: name, Help: help,
	}, []string{"outcome"})}
	for _, outcome := range signInOutcomes {
		m.signIns.WithLabelValues(outcome)
	}
	m.signIns.WithLabelValues("started")
	return m
}

// signInOutcomes names what may become of a try beside a session.
var signInOutcomes = map[models.Code]string{
	models.Unauthorized: "refused", models.TooManyRequests: "delayed", SecondFactorNeeded: "code_needed", models.Busy: "busy",
	models.Internal: "failed",
}

func (m *metrics) signedIn(err error) {
	outcome := "started"
	if err != nil {
		outcome = signInOutcomes[models.CodeOf(err)]
	}
	if outcome == "" {
		outcome = signInOutcomes[models.Internal]
	}
	m.signIns.WithLabelValues(outcome).Inc()
}

// Register adds the metrics of sign-ins to a registry.
func (u *Users) Register(r prometheus.Registerer) { r.MustRegister(u.metrics.signIns) }
