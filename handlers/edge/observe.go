package edge

import (
	"strings"
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

// ExpectRoute shows the series of a route before anybody has asked for it: the objectives divide by them from the first minute.
func (e *Edge) ExpectRoute(route, method string) {
	for _, class := range []string{"2xx", "4xx", "5xx"} {
		e.metrics.seconds.WithLabelValues(route, method, class)
	}
}

// ExpectCall shows the series of a procedure before anybody has called it.
func (e *Edge) ExpectCall(procedure string) { e.metrics.calls.WithLabelValues(procedure, "ok") }

// ObserveCall times a call by procedure and outcome. Both come from lists of ours.
func (e *Edge) ObserveCall(procedure, code string, took time.Duration) {
	e.metrics.calls.WithLabelValues(procedure, code).Observe(took.Seconds())
}

// classes are the label values of the status classes.
var classes = [...]string{"0xx", "1xx", "2xx", "3xx", "4xx", "5xx"}

// unmatched is the route of what no route of ours answered.
const unmatched = "unmatched"

// routesOf gives the paths of all routes. Fiber's route of a request may be its path, and may lie in memory that the
// next request overwrites. Only what is found here may be a label or stand in a log.
func routesOf(app *fiber.App) map[string]string {
	routes := map[string]string{}
	for _, r := range app.GetRoutes(true) {
		routes[r.Path] = strings.Clone(r.Path)
	}
	return routes
}

// route gives the path of the route that answered.
func (e *Edge) route(c *fiber.Ctx) string {
	if known, is := e.routes[c.Route().Path]; is && known != "/" {
		return known
	}
	return unmatched
}

// observe times a request by its route, which must be one of ours.
func (m *metrics) observe(c *fiber.Ctx, route string, took time.Duration) {
	key := seriesKey{route, methodOf(c.Method()), c.Response().StatusCode() / 100}
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

// sampler lets one thing a second through and counts the others.
type sampler struct {
	mu      sync.Mutex
	last    time.Time
	skipped uint64
}

// due tells whether it is time again, and how many were skipped since the last time.
func (s *sampler) due(now time.Time) (skipped uint64, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last) < time.Second {
		s.skipped++
		return 0, false
	}
	skipped, s.last, s.skipped = s.skipped, now, 0
	return skipped, true
}
