package app

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"whoseline/storage"
)

// Version is the release; the build may set it.
var Version = "0.2.0"

// registerMachine adds what every process tells: its build, the Go runtime, the process and the database's connections.
func (a *App) registerMachine() {
	r, db, now, log := a.registry, a.DB, a.World.Now, a.log
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "whoseline_build_info", Help: "Always 1; the labels tell what runs.",
		ConstLabels: prometheus.Labels{"version": Version, "revision": revision(), "engine": db.Engine},
	})
	build.Set(1)
	r.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), poolCollector{db}, verifiedCollector{db, now, log})
}

func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

// poolCollector reads the connection pool when it is scraped.
type poolCollector struct{ db *storage.DB }

var (
	connectionsDesc = prometheus.NewDesc("whoseline_database_connections", "Connections of the pool.", []string{"state"}, nil)
	connectionsMax  = prometheus.NewDesc("whoseline_database_connections_max", "The most connections that the pool may open.", nil, nil)
	waitsDesc       = prometheus.NewDesc("whoseline_database_waits_total", "How often a query had to wait for a connection.", nil, nil)
	waitDesc        = prometheus.NewDesc("whoseline_database_wait_seconds_total", "Time spent waiting for a connection.", nil, nil)
)

// Describe sends the descriptions of the pool's metrics.
func (poolCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectionsDesc, connectionsMax, waitsDesc, waitDesc} {
		to <- d
	}
}

// Collect sends the pool's metrics.
func (c poolCollector) Collect(to chan<- prometheus.Metric) {
	s := c.db.PoolStats()
	to <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(s.InUse), "in_use")
	to <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(s.Idle), "idle")
	to <- prometheus.MustNewConstMetric(connectionsMax, prometheus.GaugeValue, float64(s.Max))
	to <- prometheus.MustNewConstMetric(waitsDesc, prometheus.CounterValue, float64(s.WaitCount))
	to <- prometheus.MustNewConstMetric(waitDesc, prometheus.CounterValue, s.WaitSeconds)
}

// verifiedCollector tells how long ago everything was verified.
type verifiedCollector struct {
	db  *storage.DB
	now func() time.Time
	log *slog.Logger
}

var verifiedDesc = prometheus.NewDesc("whoseline_verify_age_seconds",
	"How long ago `whoseline verify` last found all books, trails and consents to be true; absent when it never has.", nil, nil)

// Describe sends the description.
func (verifiedCollector) Describe(to chan<- *prometheus.Desc) { to <- verifiedDesc }

// Collect sends the age.
func (c verifiedCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	at, err := c.db.Verified(ctx)
	if err != nil {
		c.log.Error("read when everything was verified", "err", err)
		return
	}
	if !at.IsZero() {
		to <- prometheus.MustNewConstMetric(verifiedDesc, prometheus.GaugeValue, max(0, c.now().Sub(at).Seconds()))
	}
}
