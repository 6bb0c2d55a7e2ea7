package providers

import (
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
	"whoseline/providers/gate"
)

// scraped are the metrics that are read when they are scraped.
type scraped struct {
	sourceState, success, disabled, balance, low *prometheus.Desc
}

func describeScraped() scraped {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("whoseline_"+name, help, labels, nil)
	}
	return scraped{
		sourceState: desc("data_source_breaker_state", "State of the breaker of what several sources ask: 0 closed, 1 half-open, 2 open.", "data"),
		success:     desc("provider_success_ratio", "Of a source's last 200 exchanges that say something, the part that went well.", "provider"),
		disabled:    desc("vendor_disabled", "1 from when a vendor refuses our account until it is seen to work again.", "vendor", "reason"),
		balance:     desc("vendor_balance_minor_units", "What was left in our wallet with a vendor at the last check.", "vendor"),
		low:         desc("vendor_balance_low", "1 while that is less than the operator wants to see.", "vendor"),
	}
}

func (s *scraped) describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.sourceState, s.success, s.disabled, s.balance, s.low} {
		out <- d
	}
}

// collect gives the metrics of the routes of all routers. Of several sources with one name the worst is shown.
func (s *scraped) collect(routes []*route, out chan<- prometheus.Metric) {
	data, judged := map[string]gate.State{}, map[string]counts{}
	accounts := map[string]*vendorAccount{}
	for _, t := range routes {
		if t.data != nil {
			data[t.Data] = max(data[t.Data], t.data.Breaker.State())
		}
		if t.account != nil {
			accounts[t.Vendor] = t.account
		}
		if c := t.history.all.counts(); c.judged > judged[t.Name].judged {
			judged[t.Name] = c
		}
	}
	gauges(out, s.sourceState, data)
	for name, c := range judged {
		gauge(out, s.success, float64(c.good)/float64(c.judged), name)
	}
	for vendor, a := range accounts {
		s.account(out, vendor, a.look())
	}
}

func (s *scraped) account(out chan<- prometheus.Metric, vendor string, held standing) {
	for _, reason := range []models.Outcome{models.OutcomeWalletEmpty, models.OutcomeCredentials} {
		gauge(out, s.disabled, truth(held.reason == reason), vendor, string(reason))
	}
	if held.left != nil {
		gauge(out, s.balance, float64(held.left.Minor), vendor)
		gauge(out, s.low, truth(held.low), vendor)
	}
}

func gauges[T ~int | ~int64](out chan<- prometheus.Metric, d *prometheus.Desc, values map[string]T) {
	for name, value := range values {
		gauge(out, d, float64(value), name)
	}
}

func gauge(out chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
