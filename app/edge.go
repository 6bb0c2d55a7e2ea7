package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"whoseline/access"
	"whoseline/handlers"
	"whoseline/handlers/edge"
	"whoseline/handlers/ops"
	"whoseline/handlers/youverify"
	"whoseline/lookup"
	"whoseline/webhooks"
)

// buildEdge makes the two sides that listen.
func (a *App) buildEdge(o Options) error {
	c := a.Config.HTTP
	proxies := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, text := range c.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("http.trusted_proxies: %w", err)
		}
		proxies = append(proxies, p)
	}
	a.Till.Register(a.registry)
	a.Lookups.Register(a.registry)
	a.Webhooks.Register(a.registry)
	a.Batches.Register(a.registry)
	a.Payments.Register(a.registry)
	a.Possession.Register(a.registry, a.Config.Channels.Live...)
	a.Channels.Register(a.registry)
	a.registerMachine()
	checks := a.checks()
	a.registry.MustRegister(ops.Readiness(checks))
	a.Bounds = edge.NewBounds(a.bounds(proxies))
	a.registry.MustRegister(a.Bounds)
	public := handlers.New(handlers.Options{
		Edge: edge.Options{
			Keys: a.Keys, Limiter: access.NewLimiter(a.World), Subjects: a.Subjects, Possession: a.Possession, Till: a.Till,
			PartnerLimits: a.partnerLimits(), World: a.World, RequestID: o.RequestID, Bounds: a.Bounds, WriteTimeout: c.WriteTimeout,
			TrustedProxies: proxies, UnknownKeys: a.Config.Limits.UnknownKeys, LogRequests: a.Config.Log.Requests, Log: a.log,
			Registry: a.registry, Traces: a.traces,
		},
		Businesses: a.Businesses, Lookups: a.Lookups, Partners: a.Partners, Webhooks: a.Webhooks, Sources: a.sourceStatus, DaysLeft: a.DaysLeft, Payments: a.Payments, Trail: a.Trail, Batches: a.Batches, BatchRows: a.BatchRows, KeepBatches: a.Config.Batches.Keep, Zone: a.zone(), Staff: a.consoleOptions(),
		ReadReports: a.readReports, Callbacks: a.Later, CallbackRate: a.Config.Limits.Upstream, Docs: c.Docs,
		Release: Version,
	})
	a.HTTP, a.HTTP2 = public.HTTP, public.HTTP2
	a.Ops = ops.New(ops.Options{
		Hosts: a.Config.Ops.Hosts, Gatherer: a.registry, Ready: checks, Margins: a.Lookups.Margins, Now: a.World.Now, Log: a.log, Desk: a.desk(),
	})
	return nil
}

// hangsFor is how long a commit of the till may take.
const hangsFor = 5 * time.Second

// checks are what the gateway needs to be of use. An open breaker is not among them: sources come back.
func (a *App) checks() []ops.Check {
	return []ops.Check{
		{Name: "serving", Run: func(context.Context) error {
			if a.draining.Load() {
				return errors.New("shutting down")
			}
			return nil
		}},
		{Name: "database", Run: func(ctx context.Context) error {
			if a.DB.Ping(ctx) != nil {
				return errors.New("does not answer")
			}
			return nil
		}},
		{Name: "writing", Run: func(ctx context.Context) error {
			err := a.DB.Write(ctx)
			if err != nil && ctx.Err() != nil {
				return errors.New("the database does not answer a commit: is a synchronous standby lost?")
			}
			if err != nil {
				return errors.New("the database takes nothing")
			}
			return nil
		}},
		{Name: "commits", Run: func(context.Context) error {
			if hangs := a.Till.Hangs(); hangs > hangsFor {
				return fmt.Errorf("the till's last one has not come back for %s", hangs.Round(time.Second))
			}
			return nil
		}},
		{Name: "clock", Run: func(context.Context) error { return a.clock.check() }},
		{Name: "migrations", Run: func(ctx context.Context) error {
			if current, err := a.DB.Current(ctx); err != nil || !current {
				return errors.New("not up to date")
			}
			return nil
		}},
		{Name: "sources", Run: func(context.Context) error {
			if len(a.Live.Health()) == 0 {
				return errors.New("none is configured")
			}
			return nil
		}},
	}
}

// completed writes the event of a lookup that has ended. It tells no more than reading the lookup would now.
func (a *App) completed(ctx context.Context, r *lookup.Record) (webhooks.NewEvent, error) {
	now, err := a.Keys.Terms(ctx, r.BusinessID)
	if err != nil {
		return webhooks.NewEvent{}, err
	}
	if now.Settings.Release.Withholds() {
		r.Withhold()
	}
	return youverify.CompletedEvent(r, now.Business.ParentID), nil
}
