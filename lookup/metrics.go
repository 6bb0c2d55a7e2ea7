package lookup

import (
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
)

// metrics count lookups by how they ended and the money that they earned.
type metrics struct {
	lookups *prometheus.CounterVec
	charged prometheus.Counter
	owed    *prometheus.CounterVec
	notices *prometheus.CounterVec
	recent  *prometheus.CounterVec
	checks  *prometheus.CounterVec
	erased  *prometheus.CounterVec
	known   map[models.Status][2]prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_lookups_total", Help: "Lookups that a source was asked for, by how they ended.",
		}, []string{"status", "environment"}),
		charged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "whoseline_lookups_charged_minor_units_total", Help: "Money captured for lookups, in minor units.",
		}),
		owed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_owed_answers_total", Help: "Answers that sources owed, by what became of them. A late one was paid for in vain.",
		}, []string{"state"}),
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_notices_total", Help: "Answers that sources brought on their own, by what they came to.",
		}, []string{"result"}),
		recent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_lookup_recent_answers_total", Help: "Lookups of businesses that may be given recent answers, by whether there was one.",
		}, []string{"result"}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_lookup_cross_checks_total", Help: "Lookups that a second source was asked for, by what came of it.",
		}, []string{"result"}),
		erased: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_lookups_erased_total", Help: "Lookups that a person was erased from, by what led to it.",
		}, []string{"cause"}),
		known: map[models.Status][2]prometheus.Counter{},
	}
	for _, s := range []models.Status{models.StatusFound, models.StatusNotFound, models.StatusFailed, models.StatusPending} {
		m.known[s] = [2]prometheus.Counter{m.lookups.WithLabelValues(string(s), "live"), m.lookups.WithLabelValues(string(s), "sandbox")}
	}
	m.prepare()
	return m
}

// prepare shows every series from the start: an absent one cannot be watched.
func (m *metrics) prepare() {
	for _, state := range []models.UpstreamState{models.UpstreamOwed, models.UpstreamKept, models.UpstreamBroken, models.UpstreamLate} {
		m.owed.WithLabelValues(string(state))
	}
	for _, result := range []CallbackResult{
		CallbackKept, CallbackLate, CallbackDuplicate, CallbackUnknown, CallbackPending, CallbackBroken, CallbackUnread,
	} {
		m.notices.WithLabelValues(string(result))
	}
	for _, result := range []string{"hit", "miss"} {
		m.recent.WithLabelValues(result)
	}
	for _, result := range []models.Check{models.CheckAgreed, models.CheckConflict, models.CheckUnavailable} {
		m.checks.WithLabelValues(string(result))
	}
	for _, cause := range []ErasureCause{ErasedOnRequest, ErasedByRetention} {
		m.erased.WithLabelValues(string(cause))
	}
}

// count counts a lookup when somebody is told its status. A caller that was refused for another reason than missing
// answers asked for nothing that counts.
func (m *metrics) count(t turn, step step) {
	if step.tell == tellNobody || step.tell == refuseCaller && t.refusal.Code != models.SourcesUnavailable {
		return
	}
	m.ended(t.Record)
}

// ended counts a lookup by its status.
func (m *metrics) ended(r *Record) {
	environment := 0
	if r.Sandbox {
		environment = 1
	}
	m.known[r.Status][environment].Inc()
	m.charged.Add(float64(r.Charged))
}

// recalled counts a look for a recent answer.
func (m *metrics) recalled(hit bool) {
	result := "miss"
	if hit {
		result = "hit"
	}
	m.recent.WithLabelValues(result).Inc()
}

// countErased counts lookups that a person was erased from.
func (m *metrics) countErased(e Erased) {
	m.erased.WithLabelValues(string(e.Cause)).Add(float64(e.Lookups))
}

// Register adds the service's metrics to a registry.
func (s *Service) Register(r prometheus.Registerer) {
	m := s.metrics
	r.MustRegister(m.lookups, m.charged, m.owed, m.notices, m.recent, m.checks, m.erased)
}
