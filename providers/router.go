// Package providers answers: which source is asked, how long do we wait for it, and what does its answer mean?
//
// The Router ranks the configured sources for each question. It asks one after another, each behind its own rate limit,
// bulkhead and breakers, until one answers. The sources are adapters in rooms of their own; app has the table of them.
package providers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
	"whoseline/traces"
)

// RouterOptions are what a Router is made of.
type RouterOptions struct {
	Candidates []Candidate   // in the operator's order, which stands until something speaks against it
	Total      time.Duration // from the question to the last answer
	Attempts   int           // exchanges per question, without those that were prevented

	BulkheadWait time.Duration // how long a question queues at a busy source; 0 = not at all

	// Breakerless leaves the breakers out. The router of the sandbox keys has none: its failures are made on purpose,
	// and one tenant's tests of them must not close the sandbox for others.
	Breakerless bool

	Weights Weights    // of the ranking
	Balance Thresholds // for vendors without their own

	Now     func() time.Time // UTC; nil = the machine's clock
	Chance  func() float64   // from 0 up to 1, spreads pauses and explores; nil = the machine's chance
	Metrics *Metrics         // nil = counted nowhere
	Traces  *traces.Tracer   // nil = none
	Log     *slog.Logger     // nil = silent
}

// Router is a lookup.Source that asks other sources in turn. It is safe for concurrent use.
type Router struct {
	routes   []*route
	byName   map[string]*route
	accounts []*vendorAccount // one for each vendor
	nudge    chan struct{}    // asks Watch for a balance check
	weights  Weights
	total    time.Duration
	attempts int
	forcing  atomic.Bool                     // a source is being asked although its breaker is open
	off      atomic.Pointer[map[string]bool] // see SwitchOff
	hedges   hedgeBudget
	now      func() time.Time
	chance   func() float64
	log      *slog.Logger
}

var _ lookup.Source = (*Router)(nil)

// NewRouter makes a router over the candidates. Without any, every question ends as provider_down.
func NewRouter(o RouterOptions) *Router {
	o = o.withDefaults()
	r := &Router{
		byName: map[string]*route{}, nudge: make(chan struct{}, 1), weights: o.Weights, total: o.Total, attempts: o.Attempts,
		now: o.Now, chance: o.Chance, log: o.Log,
	}
	shared, asking := sharedSources(o), map[string]int{}
	for _, c := range o.Candidates {
		made := newRoute(c, o)
		if !o.Breakerless {
			made.account = r.accountOf(c, o)
			made.data, made.member = shared[c.Data], asking[c.Data]
			asking[c.Data]++
		}
		r.routes, r.byName[c.Name] = append(r.routes, made), made
		o.Metrics.watch(made)
	}
	return r
}

// accountOf gives the account that a candidate uses, which it may share with earlier ones.
func (r *Router) accountOf(c Candidate, o RouterOptions) *vendorAccount {
	if c.Vendor == "" {
		return nil
	}
	at := slices.IndexFunc(r.accounts, func(a *vendorAccount) bool { return a.vendor == c.Vendor })
	if at < 0 {
		at = len(r.accounts)
		r.accounts = append(r.accounts, newAccount(c.Vendor, o))
	}
	a := r.accounts[at]
	if a.balance == nil && c.Balance != nil {
		check := *c.Balance
		if check.Alert == 0 {
			check.Alert = o.Balance.Alert
		}
		if check.Floor == 0 {
			check.Floor = o.Balance.Floor
		}
		a.balance, a.nudge = &check, r.nudge
	}
	return a
}

func (o RouterOptions) withDefaults() RouterOptions {
	g := o.gates().WithMachine()
	o.Now, o.Chance = g.Now, g.Chance
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// gates are the options of what stands before each source.
func (o RouterOptions) gates() gate.Options {
	return gate.Options{BulkheadWait: o.BulkheadWait, Breakerless: o.Breakerless, Now: o.Now, Chance: o.Chance}
}

// sharedSources finds the data sources that several candidates ask, or that a candidate names.
func sharedSources(o RouterOptions) map[string]*gate.DataSource {
	members := map[string]int{}
	for _, c := range o.Candidates {
		if c.Data != "" {
			members[c.Data]++
		}
	}
	shared := make(map[string]*gate.DataSource, len(members))
	for name, n := range members {
		shared[name] = gate.NewDataSource(name, n, o.gates())
	}
	return shared
}

// Owners asks the candidates, the best first, until one answers, within the total time and the number of attempts. The
// finding has a row for every candidate that had its turn, also for those that were not asked, and also when the
// caller's context ended. When no source answered, its outcome is the failure with the most weight.
func (r *Router) Owners(ctx context.Context, q lookup.Question) lookup.Finding {
	now := r.now()
	s := &search{r: r, q: q, start: now, at: now}
	s.left = r.plan(&s.q, now)
	s.rows = make([]models.Attempt, 0, min(len(s.left), r.attempts))
	for len(s.left) > 0 && !s.over && s.asked < r.attempts && s.inTime(ctx) {
		s.step(ctx)
	}
	if s.asked == 0 && !s.over {
		s.leastBad(ctx)
	}
	return s.result()
}

// note logs what went wrong: the record keeps no error texts. A caller that left is no failure.
func (r *Router) note(ctx context.Context, q lookup.Question, got lookup.Finding) {
	if got.Err == nil || got.Outcome == models.OutcomeCanceled {
		return
	}
	r.log.LogAttrs(ctx, slog.LevelWarn, "source failed",
		slog.String("source", got.Source), slog.String("outcome", string(got.Outcome)),
		slog.String("business", q.BusinessID), slog.String("lookup", q.LookupID),
		slog.Int("http", got.HTTP), slog.String("ref", got.Ref), slog.Any("error", got.Err))
}

// Close closes what the sources keep open. No question may be under way then.
func (r *Router) Close() error {
	var errs []error
	for _, t := range r.routes {
		if closer, ok := t.Source.(io.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	return errors.Join(errs...)
}
