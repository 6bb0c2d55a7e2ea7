package webhooks

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are this process's attempts; the queue's figures are read from the database at scrape time.
type metrics struct {
	attempts *prometheus.CounterVec
	seconds  prometheus.Histogram
	dead     prometheus.Counter
	known    map[class]prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_webhook_attempts_total", Help: "Attempts to tell a receiver of an event, by how they ended.",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "whoseline_webhook_attempt_seconds", Help: "Time of one exchange with a receiver.",
			Buckets:                     []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10},
			NativeHistogramBucketFactor: 1.1,
		}),
		dead: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "whoseline_webhook_deliveries_dead_total", Help: "Deliveries that were given up.",
		}),
		known: map[class]prometheus.Counter{},
	}
	for _, c := range classes() {
		m.known[c] = m.attempts.WithLabelValues(string(c))
	}
	return m
}

func (m *metrics) count(r result) {
	m.known[r.class].Inc()
	if r.contacted() {
		m.seconds.Observe(r.took.Seconds())
	}
	if r.dead() {
		m.dead.Inc()
	}
}

var (
	inFlightDesc = prometheus.NewDesc("whoseline_webhook_attempts_in_flight", "Attempts under way in this process.", nil, nil)
	waitingDesc  = prometheus.NewDesc("whoseline_webhook_deliveries_waiting",
		"Deliveries that wait, for their turn or their next try. Counted up to 100000.", nil, nil)
	disabledDesc = prometheus.NewDesc("whoseline_webhook_endpoints_disabled", "Endpoints that nothing is delivered to until they are enabled.", nil, nil)
	ageDesc      = prometheus.NewDesc("whoseline_webhook_oldest_due_seconds",
		"How long the delivery that is overdue most has been so; 0 when none is.", nil, nil)
)

const (
	maxCounted     = 100_000
	maxScraped     = 100 // looks at the queue, of headsAtOnce endpoints each
	scrapeDeadline = 5 * time.Second
)

// Register adds the service's metrics to a registry.
func (s *Service) Register(r prometheus.Registerer) {
	r.MustRegister(s.metrics.attempts, s.metrics.seconds, s.metrics.dead, queueCollector{s})
}

// queueCollector reads the queue when it is scraped.
type queueCollector struct{ service *Service }

// Describe sends the descriptions of the queue's metrics.
func (queueCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{inFlightDesc, waitingDesc, disabledDesc, ageDesc} {
		to <- d
	}
}

// Collect sends the queue's metrics. When the database does not answer they are absent, which an alert can see.
func (c queueCollector) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	gauge(inFlightDesc, float64(c.service.inFlight.Load()))
	ctx, cancel := context.WithTimeout(context.Background(), scrapeDeadline)
	defer cancel()
	waiting, age, err := c.service.backlog(ctx)
	disabled := int64(0)
	if err == nil {
		disabled, err = c.service.countDisabled(ctx)
	}
	if err != nil {
		c.service.log.Error("webhooks: read the queue's figures", "err", err)
		return
	}
	gauge(disabledDesc, float64(disabled))
	gauge(waitingDesc, float64(waiting))
	gauge(ageDesc, age.Seconds())
}

// backlog is how much waits and for how long the oldest that is due has.
func (s *Service) backlog(ctx context.Context) (waiting int64, age time.Duration, err error) {
	if waiting, err = s.countWaiting(ctx); err != nil {
		return 0, 0, err
	}
	now, last := s.world.Now(), lane{}
	for range maxScraped {
		heads, err := s.queue.heads(ctx, last)
		if err != nil {
			return 0, 0, err
		}
		for _, h := range heads {
			age = max(age, now.Sub(h.nextAt))
		}
		if len(heads) < headsAtOnce {
			break
		}
		last = heads[len(heads)-1].lane
	}
	return waiting, age, nil
}
