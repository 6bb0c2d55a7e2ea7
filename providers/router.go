// Package providers answers: which source is asked, how long do we wait for it, and what does its answer mean?
//
// The Router asks the configured sources one after another, each behind its own rate limit, bulkhead and breaker, until
// one of them answers. Each adapter is one file and one line in the table of sources.go.
package providers

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

// The limits of one question when the operator sets none.
const (
	DefaultTotal        = 12 * time.Second
	DefaultAttempts     = 3
	DefaultBulkheadWait = 50 * time.Millisecond
)

// RouterOptions are what a Router is made of. The zero value of every field but Candidates is a sensible default.
type RouterOptions struct {
	Candidates []Candidate   // in the order in which they are asked
	Total      time.Duration // from the question to the last answer; 0 = DefaultTotal
	Attempts   int           // exchanges per question, those that were prevented not counted; 0 = DefaultAttempts

	BulkheadWait time.Duration // how long a question queues at a busy source; 0 = DefaultBulkheadWait, below 0 = not at all

	// Breakerless leaves the breakers out. The router of the sandbox keys is made so: its failures are asked for, and
	// one tenant's tests of them must not close the sandbox to the others.
	Breakerless bool

	Now     func() time.Time // UTC; nil = the machine's clock
	Chance  func() float64   // from 0 up to 1, spreads the breakers' pauses; nil = the machine's chance
	Metrics *Metrics         // nil = counted nowhere
	Log     *slog.Logger     // nil = silent
}

// Router is a lookup.Source that asks other sources in turn. It is safe for concurrent use.
type Router struct {
	routes   []*route
	total    time.Duration
	attempts int
	now      func() time.Time
	log      *slog.Logger
}

var _ lookup.Source = (*Router)(nil)

// NewRouter makes a router over the candidates. Without any, every question ends as provider_down.
func NewRouter(o RouterOptions) *Router {
	o = o.withDefaults()
	r := &Router{total: o.Total, attempts: o.Attempts, now: o.Now, log: o.Log}
	for _, c := range o.Candidates {
		made := newRoute(c, o)
		r.routes = append(r.routes, made)
		o.Metrics.watch(made)
	}
	return r
}

func (o RouterOptions) withDefaults() RouterOptions {
	if o.Total <= 0 {
		o.Total = DefaultTotal
	}
	if o.Attempts <= 0 {
		o.Attempts = DefaultAttempts
	}
	if o.BulkheadWait == 0 {
		o.BulkheadWait = DefaultBulkheadWait
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Now().UTC() }
	}
	if o.Chance == nil {
		o.Chance = rand.Float64
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Owners asks the candidates in order until one answers, at most for the total time and the number of attempts set.
// The finding always carries a row for every candidate that came up, also for those that were not asked and also when
// the caller's context ended meanwhile. When no source answered, its outcome is the most telling failure.
func (r *Router) Owners(ctx context.Context, q lookup.Question) lookup.Finding {
	var (
		best  lookup.Finding
		asked int
		rows  = make([]models.Attempt, 0, min(len(r.routes), r.attempts))
		start = r.now()
		at    = start
	)
	for _, t := range r.routes {
		if asked == r.attempts {
			break
		}
		rest := r.total - at.Sub(start)
		if rest <= 0 || ctx.Err() != nil {
			best = telling(best, lookup.Finding{Outcome: models.OutcomeCanceled, Err: errOutOfTime}, t.NextOnMiss)
			break
		}
		got := t.ask(ctx, q, rest)
		end := r.now()
		rows = append(rows, t.record(got, at, end))
		r.note(ctx, q, got)
		if at = end; !rules[got.Outcome].Unasked {
			asked++
		}
		best = telling(best, got, t.NextOnMiss)
		if ends(got.Outcome, t.NextOnMiss) {
			break
		}
	}
	if best.Outcome == "" {
		best = lookup.Finding{Outcome: models.OutcomeProviderDown, Err: errNoSource}
	}
	best.Attempts = rows
	return best
}

// note logs what went wrong on the way: the record keeps no error texts. A caller that left is no failure.
func (r *Router) note(ctx context.Context, q lookup.Question, got lookup.Finding) {
	if got.Err == nil || got.Outcome == models.OutcomeCanceled {
		return
	}
	r.log.LogAttrs(ctx, slog.LevelWarn, "source failed",
		slog.String("source", got.Source), slog.String("outcome", string(got.Outcome)),
		slog.String("business", q.BusinessID), slog.String("lookup", q.LookupID),
		slog.Int("http", got.HTTP), slog.String("ref", got.Ref), slog.Any("error", got.Err))
}
