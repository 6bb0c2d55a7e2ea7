package app

import (
	"context"

	"whoseline/traces"
)

// openTraces gives what tells the operator's collector; nil when there is none.
func openTraces(ctx context.Context, o Options) (*traces.Tracer, error) {
	c := o.Config.Tracing
	return traces.Open(ctx, traces.Options{Collector: c.Collector, Percent: c.Percent, Release: Version, Log: o.Log})
}

// closeTraces hands over the last spans. That they are lost is no reason to call a shutdown failed.
func (a *App) closeTraces() {
	if err := a.traces.Close(); err != nil {
		a.log.Warn("traces: the collector did not take the last spans", "err", err)
	}
}
