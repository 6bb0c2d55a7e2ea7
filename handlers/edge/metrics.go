package edge

import "github.com/prometheus/client_golang/prometheus"

var (
	limitOf = prometheus.NewDesc("whoseline_edge_limit", "The most that may be used of a bound.", []string{"bound"}, nil)
	usedOf  = prometheus.NewDesc("whoseline_edge_used", "What is used of a bound.", []string{"bound"}, nil)
	peakOf  = prometheus.NewDesc("whoseline_edge_peak", "The most that was used of a bound since the start.", []string{"bound"}, nil)
	refused = prometheus.NewDesc("whoseline_edge_refused_total", "How often a bound let nothing more through.", []string{"bound"}, nil)
)

// Describe is a collector's.
func (b *Bounds) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{limitOf, usedOf, peakOf, refused} {
		to <- d
	}
}

// Collect is a collector's.
func (b *Bounds) Collect(to chan<- prometheus.Metric) {
	for name, of := range map[string]*Bound{
		"connections": &b.Connections, "connections_per_address": &b.PerAddress, "requests": &b.InFlight,
		"body_bytes": &b.Bodies, "streams_per_connection": &b.Streams,
	} {
		to <- prometheus.MustNewConstMetric(limitOf, prometheus.GaugeValue, float64(of.Limit()), name)
		to <- prometheus.MustNewConstMetric(peakOf, prometheus.GaugeValue, float64(of.Peak()), name)
		to <- prometheus.MustNewConstMetric(refused, prometheus.CounterValue, float64(of.Refused()), name)
	}
	for name, of := range map[string]*Bound{"connections": &b.Connections, "requests": &b.InFlight, "body_bytes": &b.Bodies} {
		to <- prometheus.MustNewConstMetric(usedOf, prometheus.GaugeValue, float64(of.Used()), name)
	}
	for name, of := range map[string]*Bound{"framing": &b.Framing, "header_bytes": &b.Headers, "body_size": &b.BodySize, "time": &b.Slow} {
		to <- prometheus.MustNewConstMetric(refused, prometheus.CounterValue, float64(of.Refused()), name)
	}
}
