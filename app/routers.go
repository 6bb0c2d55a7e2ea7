package app

import (
	"time"

	"whoseline/providers"
	"whoseline/providers/directory"
	"whoseline/providers/vendor"
)

// sources makes the routers: the live one from the operator's list, and the sandbox's, whose faults are asked for.
func (a *App) sources() (sandbox *providers.Router, err error) {
	p := a.Config.Providers
	a.Directory = directory.New(directoryStore{a.DB}, a.Keyring, a.World.Now)
	catalog, err := Definitions(p.Definitions)
	if err != nil {
		return nil, err
	}
	parts := sources{p, a.Directory, vendor.Parts{Now: a.World.Now, Catalog: catalog, Vendors: p.Vendor}}
	live, err := parts.make(p.Live)
	if err != nil {
		return nil, err
	}
	for i := range live {
		live[i].Limits.Timeout = narrower(live[i].Limits.Timeout, p.AttemptTimeout)
		if !live[i].InProcess {
			live[i].Limits.MaxInflight = narrower(live[i].Limits.MaxInflight, p.MaxInflight)
		}
	}
	a.Later = vendor.NewLater(live, p.Vendor, a.World.Now)
	a.metrics = providers.NewMetrics()
	if err := a.metrics.Register(a.registry); err != nil {
		return nil, err
	}
	a.Live = providers.NewRouter(providers.RouterOptions{
		Candidates: live, Total: p.TotalTimeout, Attempts: p.MaxAttempts, BulkheadWait: wait(p.BulkheadWait), Now: a.World.Now,
		Weights: weights(a.Config.Routing), Balance: thresholds(a.Config.Routing), Metrics: a.metrics, Traces: a.traces, Log: a.log,
	})
	test, err := parts.make([]string{"sandbox"})
	if err != nil {
		return nil, err
	}
	return providers.NewRouter(providers.RouterOptions{
		Candidates: test, Total: p.TotalTimeout, Breakerless: true, Now: a.World.Now, Traces: a.traces, Log: a.log,
	}), nil
}

// narrower gives the smaller of a source's own limit, 0 being none, and the operator's.
func narrower[T int | time.Duration](own, operator T) T {
	if own > 0 && own < operator {
		return own
	}
	return operator
}
