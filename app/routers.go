package app

import (
	"whoseline/providers"
	"whoseline/providers/directory"
	"whoseline/providers/vendor"
)

// sources makes the routers: the live one from the operator's list, and the sandbox's, whose faults are asked for.
func (a *App) sources() (sandbox *providers.Router, err error) {
	p := a.Config.Providers
	a.Directory = directory.New(directoryStore{a.DB}, a.Keyring, a.World.Now)
	catalog := a.options.Catalog
	if catalog == nil {
		if catalog, err = Definitions(p.Definitions); err != nil {
			return nil, err
		}
	}
	a.catalog = catalog
	parts := sources{p, a.Directory, vendor.Parts{
		Now: a.World.Now, Catalog: catalog, Vendors: p.Vendor, Limits: VendorLimits(p), Far: a.options.Far,
	}}
	live, err := parts.make(p.Live)
	if err != nil {
		return nil, err
	}
	a.Later = vendor.NewLater(live, p.Vendor, a.World.Now)
	a.metrics = providers.NewMetrics()
	if err := a.metrics.Register(a.registry); err != nil {
		return nil, err
	}
	a.Live = providers.NewRouter(providers.RouterOptions{
		Candidates: live, Total: p.TotalTimeout, Attempts: p.MaxAttempts, BulkheadWait: p.BulkheadWait, Now: a.World.Now,
		Weights: weights(a.Config.Routing), Balance: thresholds(a.Config.Routing), Metrics: a.metrics, Traces: a.traces, Log: a.log,
	})
	test, err := parts.make([]string{"sandbox"})
	if err != nil {
		return nil, err
	}
	return providers.NewRouter(providers.RouterOptions{
		Candidates: test, Total: p.TotalTimeout, Attempts: p.MaxAttempts, BulkheadWait: p.BulkheadWait, Breakerless: true, Now: a.World.Now, Traces: a.traces, Log: a.log,
	}), nil
}
