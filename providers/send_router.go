package providers

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
	"whoseline/possession"
)

var errNoTime = errors.New("providers: the message's time was used up")

// SendRouterOptions are what a SendRouter is made of.
type SendRouterOptions struct {
	Carriers       []Carrier     // in the order in which they get their turns
	AttemptTimeout time.Duration // of a carrier that has no limit of its own, and the most that one may have
	MaxInflight    int           // likewise, messages with one carrier at a time

	BulkheadWait time.Duration // as in RouterOptions, like those that follow
	Now          func() time.Time
	Chance       func() float64
	Metrics      *Metrics // of breakers and bulkheads
	Log          *slog.Logger
}

// SendRouter is a possession.Sender that gives each carrier its turn until one takes the message. It is safe for
// concurrent use.
type SendRouter struct {
	lanes    []*lane
	now      func() time.Time
	outcomes *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

var _ possession.Sender = (*SendRouter)(nil)

// NewSendRouter makes a router over the carriers. Without any, every message ends as no_channel.
func NewSendRouter(o SendRouterOptions) *SendRouter {
	shared := RouterOptions{BulkheadWait: o.BulkheadWait, Now: o.Now, Chance: o.Chance, Metrics: o.Metrics, Log: o.Log}.withDefaults()
	r := &SendRouter{
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
	for _, c := range o.Carriers {
		r.lanes = append(r.lanes, newLane(c, o, shared))
	}
	return r
}

// Register adds the router's metrics to a registry.
func (r *SendRouter) Register(to prometheus.Registerer) { to.MustRegister(r.outcomes, r.duration) }

// Start begins what goes on beside the messages, such as lasting connections.
func (r *SendRouter) Start() {
	for _, l := range r.lanes {
		if l.Start != nil {
			l.Start()
		}
	}
}

// Send gives the message to one carrier after the other until one takes it, or it is certain that none can, or its time
// is over. The delivery tells of every turn.
func (r *SendRouter) Send(ctx context.Context, m possession.Message) possession.Delivery {
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
		kind := l.over(m.Channel)
		if slices.Contains(shut, kind) {
			continue
		}
		if ctx.Err() != nil {
			best = heavier(best, possession.Delivery{Outcome: possession.ProviderDown, Err: errNoTime})
			break
		}
		own := m // how the next one may carry it does not depend on this one
		own.Channel = kind
		d, try := r.turn(ctx, l, own)
		tries = append(tries, try)
		best = heavier(best, d)
		if rule := sendRules[d.Outcome]; rule.Ends {
			break
		} else if rule.Closes {
			shut = append(shut, kind)
		}
	}
	best.Tries = tries
	return best
}

// choose gives the lanes that a message may take, in order. Carriers that are not configured are passed over.
func (r *SendRouter) choose(m possession.Message) (lanes []*lane) {
	wanted := m.Carriers
	for _, l := range r.lanes {
		if l.over(m.Channel) != "" && (len(wanted) == 0 || slices.Contains(wanted, l.Name)) {
			lanes = append(lanes, l)
		}
	}
	if len(wanted) > 0 {
		slices.SortStableFunc(lanes, func(a, b *lane) int { return slices.Index(wanted, a.Name) - slices.Index(wanted, b.Name) })
	}
	return lanes
}

// turn gives one carrier its turn and counts what came of it.
func (r *SendRouter) turn(ctx context.Context, l *lane, m possession.Message) (possession.Delivery, models.SendTry) {
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

// Reader gives who understands the receipts of a carrier that is configured.
func (r *SendRouter) Reader(name string) (ReceiptReader, bool) {
	for _, l := range r.lanes {
		if l.Name == name && l.Receipts != nil {
			return l.Receipts, true
		}
	}
	return nil, false
}

// Names lists the carriers in their order.
func (r *SendRouter) Names() (names []string) {
	for _, l := range r.lanes {
		names = append(names, l.Name)
	}
	return names
}

// Close lets go of what the carriers keep open. Nobody may be sending any more.
func (r *SendRouter) Close() error {
	var all []Carrier
	for _, l := range r.lanes {
		all = append(all, l.Carrier)
	}
	return closeCarriers(all)
}
