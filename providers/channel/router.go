package channel

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

var errNoTime = errors.New("providers: the message's time was used up")

// Options are what a Router is made of.
type Options struct {
	Carriers []Carrier   // in the order in which they are tried
	Limits   gate.Limits // of a carrier that has none of its own, and the most that one may have

	BulkheadWait time.Duration // as in gate.Options, like those that follow
	Now          func() time.Time
	Chance       func() float64
	Gates        *gate.Metrics // of breakers and bulkheads; nil = counted nowhere
	Log          *slog.Logger
}

// Router is a possession.Sender that tries one carrier after the other until one takes the message. It is safe for
// concurrent use.
type Router struct {
	lanes    []*lane
	now      func() time.Time
	outcomes *prometheus.CounterVec
	duration *prometheus.HistogramVec
	unclear  *prometheus.CounterVec
}

var _ possession.Sender = (*Router)(nil)

// NewRouter makes a router over the carriers. Without any, every message ends as no_channel.
func NewRouter(o Options) *Router {
	shared := gate.Options{BulkheadWait: o.BulkheadWait, Now: o.Now, Chance: o.Chance}.WithMachine()
	if o.Gates == nil {
		o.Gates = gate.NewMetrics()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Router{
		now: shared.Now,
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "whoseline_channel_outcomes_total",
			Help: "Outcomes of handing a code to a channel, including those where it was passed over.",
		}, []string{"provider", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "whoseline_channel_attempt_duration_seconds",
			Help:    "Time that handing a code to a channel took.",
			Buckets: []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10},
		}, []string{"provider"}),
	}
	r.unclear = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "whoseline_channel_receipts_unclear_total",
		Help: "Receipts that do not tell what became of the code, or say it in a word that nobody here knows.",
	}, []string{"provider"})
	for _, c := range o.Carriers {
		r.lanes = append(r.lanes, newLane(c, o, shared))
		r.prepare(c.Name)
	}
	return r
}

// prepare shows every series of a carrier from the start: an absent one cannot be watched.
func (r *Router) prepare(carrier string) {
	r.unclear.WithLabelValues(carrier)
	r.duration.WithLabelValues(carrier)
	for outcome := range rules {
		r.outcomes.WithLabelValues(carrier, string(outcome))
	}
	for _, why := range []string{skipPaused, skipBusy, skipOpen} {
		r.outcomes.WithLabelValues(carrier, why)
	}
}

// Register adds the router's metrics to a registry.
func (r *Router) Register(to prometheus.Registerer) {
	to.MustRegister(r.outcomes, r.duration, r.unclear)
}

// Start starts what runs beside the messages, such as lasting connections.
func (r *Router) Start() {
	for _, l := range r.lanes {
		if l.Start != nil {
			l.Start()
		}
	}
}

// Send tries one carrier after the other, until one takes the message, none can, or its time is over. The delivery
// tells of every try.
func (r *Router) Send(ctx context.Context, m possession.Message) possession.Delivery {
	lanes := r.choose(m)
	if len(lanes) == 0 {
		return possession.Delivery{Outcome: possession.NoChannel, Tries: []models.SendTry{}}
	}
	var (
		best  possession.Delivery
		tries = []models.SendTry{}
		shut  []models.Channel
	)
	for _, l := range lanes {
		kind := l.channelFor(m.Channel)
		if slices.Contains(shut, kind) {
			continue
		}
		if ctx.Err() != nil {
			best = heavier(best, possession.Delivery{Outcome: possession.ProviderDown, Err: errNoTime})
			break
		}
		own := m // the next carrier may use another kind of channel
		own.Channel = kind
		d, try := r.turn(ctx, l, own)
		tries = append(tries, try)
		best = heavier(best, d)
		if rule := rules[d.Outcome]; rule.Ends {
			break
		} else if rule.Closes {
			shut = append(shut, kind)
		}
	}
	best.Tries = tries
	return best
}

// choose gives the lanes that a message may take, in order. Carriers that are not configured are passed over.
func (r *Router) choose(m possession.Message) (lanes []*lane) {
	wanted := m.Carriers
	for _, l := range r.lanes {
		if l.channelFor(m.Channel) != "" && (len(wanted) == 0 || slices.Contains(wanted, l.Name)) {
			lanes = append(lanes, l)
		}
	}
	if len(wanted) > 0 {
		slices.SortStableFunc(lanes, func(a, b *lane) int { return slices.Index(wanted, a.Name) - slices.Index(wanted, b.Name) })
	}
	return lanes
}

// turn tries one carrier and counts the result.
func (r *Router) turn(ctx context.Context, l *lane, m possession.Message) (possession.Delivery, models.SendTry) {
	start := r.now()
	d, why := l.carry(ctx, m)
	took := r.now().Sub(start)
	if why != "" {
		r.outcomes.WithLabelValues(l.Name, why).Inc()
		return d, models.SendTry{Provider: l.Name, Outcome: skipped, Why: why}
	}
	r.outcomes.WithLabelValues(l.Name, string(d.Outcome)).Inc()
	r.duration.WithLabelValues(l.Name).Observe(took.Seconds())
	return d, models.SendTry{Provider: l.Name, Outcome: string(d.Outcome), Why: d.Why, Millis: took.Milliseconds()}
}

// Reader gives the reader of a configured carrier's reports.
func (r *Router) Reader(name string) (ReportReader, bool) {
	for _, l := range r.lanes {
		if l.Name == name && l.Reports != nil {
			return heard{l.Reports, r}, true
		}
	}
	return nil, false
}

// heard counts reports that a reader did not understand.
type heard struct {
	ReportReader
	router *Router
}

// Read reads a report.
func (h heard) Read(m ReportRequest) (Reported, error) {
	told, err := h.ReportReader.Read(m)
	for _, receipt := range told.Receipts {
		h.router.Heard(receipt)
	}
	return told, err
}

// Heard counts a receipt from a carrier's own connection whose state is not understood.
func (r *Router) Heard(receipt possession.DeliveryReport) {
	if receipt.State == models.DeliveryUnknown {
		r.unclear.WithLabelValues(receipt.Provider).Inc()
	}
}

// Names lists the carriers in their order.
func (r *Router) Names() (names []string) {
	for _, l := range r.lanes {
		names = append(names, l.Name)
	}
	return names
}

// Close closes what the carriers keep open. Nothing may be on its way then.
func (r *Router) Close() error {
	var all []Carrier
	for _, l := range r.lanes {
		all = append(all, l.Carrier)
	}
	return closeCarriers(all)
}
