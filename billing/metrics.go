package billing

import (
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
)

// metrics are the till's own figures; the money's are read from the database at scrape time.
type metrics struct {
	batch    prometheus.Histogram
	commit   prometheus.Histogram
	failed   prometheus.Counter
	rejected prometheus.Counter
	swept    prometheus.Counter
	warned   *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "whoseline_till_batch_operations", Help: "Holds and settlements in one transaction.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "whoseline_till_commit_seconds", Help: "Time of one batch's transaction, its redoing included.",
			Buckets: prometheus.ExponentialBuckets(.0002, 2, 14), NativeHistogramBucketFactor: 1.1,
		}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "whoseline_till_failed_batches_total", Help: "Batches whose transaction failed and was redone or resolved.",
		}),
		rejected: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "whoseline_till_rejected_total", Help: "Holds turned away because the queue was full.",
		}),
		swept: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "whoseline_till_swept_total", Help: "Holds released because their gateway died before an answer.",
		}),
		warned: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_wallet_warnings_total", Help: "Warnings of low wallets and near caps that businesses were told.",
		}, []string{"kind"}),
	}
	for _, kind := range []string{WalletLow, WalletDepleted, WalletRecovered, SpendCapNear} {
		m.warned.WithLabelValues(kind)
	}
	return m
}

// The invariants of the money, as an operator sees them. Each is 0 or its alert fires.
var (
	queueDesc  = prometheus.NewDesc("whoseline_till_queue_operations", "Operations that wait for a transaction.", nil, nil)
	owedDesc   = prometheus.NewDesc("whoseline_till_owed_operations", "Operations kept in memory until the database says what became of them.", nil, nil)
	moneyDesc  = prometheus.NewDesc("whoseline_wallets_minor_units", "Sum over all wallets, in minor units.", []string{"account"}, nil)
	brokenDesc = prometheus.NewDesc("whoseline_wallets_broken", "Wallets that break a rule: negative, or holding other than their open lookups and charges.", []string{"rule"}, nil)
	levelDesc  = prometheus.NewDesc("whoseline_wallets_warned", "Wallets with a threshold that are below it (low) or have refused something or are empty (depleted).", []string{"level"}, nil)
	staleDesc  = prometheus.NewDesc("whoseline_stale_holds", "Open lookups and charges past their expiry that no sweep has settled.", nil, nil)
)

// Register adds the till's metrics to a registry.
func (t *Till) Register(r prometheus.Registerer) {
	r.MustRegister(t.metrics.batch, t.metrics.commit, t.metrics.failed, t.metrics.rejected, t.metrics.swept, t.metrics.warned, moneyCollector{t})
}

// moneyCollector reads the books when it is scraped.
type moneyCollector struct{ till *Till }

// Describe sends the descriptions of the money's metrics.
func (c moneyCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueDesc, owedDesc, moneyDesc, brokenDesc, levelDesc, staleDesc} {
		to <- d
	}
}

// Collect sends the money's metrics. When the database does not answer they are absent, which an alert can see.
func (c moneyCollector) Collect(to chan<- prometheus.Metric) {
	waiting := 0
	owed := int64(0)
	for _, l := range c.till.lines {
		waiting += len(l.queue)
		owed += l.owed.Load()
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(queueDesc, float64(waiting))
	gauge(owedDesc, float64(owed))
	sums, err := c.till.invariants()
	if err != nil {
		c.till.log.Error("till: read the money's invariants", "err", err)
		return
	}
	gauge(moneyDesc, float64(sums.Available), "available")
	gauge(moneyDesc, float64(sums.Held), "held")
	gauge(brokenDesc, float64(sums.Negative), "negative")
	gauge(brokenDesc, float64(sums.Mismatched), "held_differs")
	gauge(levelDesc, float64(sums.Low), string(models.WalletLow))
	gauge(levelDesc, float64(sums.Depleted), string(models.WalletDepleted))
	gauge(staleDesc, float64(sums.Stale))
}
