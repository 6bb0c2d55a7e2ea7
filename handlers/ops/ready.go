package ops

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// Readiness is what /readyz says, as a metric.
type Readiness []Check

var readyDesc = prometheus.NewDesc("whoseline_ready", "1 for a check of /readyz that holds, 0 for one because of which the gateway is not ready.", []string{"check"}, nil)

// Describe sends the description.
func (Readiness) Describe(to chan<- *prometheus.Desc) { to <- readyDesc }

// Collect runs the checks.
func (r Readiness) Collect(to chan<- prometheus.Metric) {
	for i, err := range run(context.Background(), r) {
		value := 1.0
		if err != nil {
			value = 0
		}
		to <- prometheus.MustNewConstMetric(readyDesc, prometheus.GaugeValue, value, r[i].Name)
	}
}
