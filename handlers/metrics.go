package handlers

import (
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics time requests by route template, method and status class; never by path, key or business.
type metrics struct {
	seconds *prometheus.HistogramVec
	series  sync.Map // seriesKey → prometheus.Observer, so that a request does not hash labels
	calls   *prometheus.HistogramVec
}

type seriesKey struct {
	route, method string
	class         int
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "whoseline_http_request_duration_seconds", Help: "Time from the request's first handler to its answer.",
		Buckets:                     []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10},
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
	}, []string{"http_route", "http_request_method", "http_response_status_class"})}
	m.calls = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "whoseline_rpc_duration_seconds", Help: "Time of a call by gRPC or gRPC-Web.",
		Buckets:                     []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
	}, []string{"rpc_method", "rpc_code"})
	r.MustRegister(m.seconds, m.calls)
	return m
}

// observeRPC times a call by procedure and outcome. Both come from lists of ours.
func (m *metrics) observeRPC(procedure, code string, took time.Duration) {
	m.calls.WithLabelValues(procedure, code).Observe(took.Seconds())
}

// classes are the label values of the status classes.
var classes = [...]string{"0xx", "1xx", "2xx", "3xx", "4xx", "5xx"}

func (m *metrics) observe(c *fiber.Ctx, took time.Duration) {
	key := seriesKey{c.Route().Path, c.Method(), c.Response().StatusCode() / 100}
	if key.route == "/" || key.route == "" {
		key.route = "unmatched"
	}
	known, ok := m.series.Load(key)
	if !ok {
		known, _ = m.series.LoadOrStore(key, m.seconds.WithLabelValues(key.route, key.method, classes[min(key.class, 5)]))
	}
	observer := known.(prometheus.Observer)
	if trace := traceID(c); trace != "" {
		observer.(prometheus.ExemplarObserver).ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": trace})
		return
	}
	observer.Observe(took.Seconds())
}
