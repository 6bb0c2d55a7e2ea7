package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Listeners are where a gateway is reached.
type Listeners struct {
	HTTP net.Listener
	Ops  net.Listener
}

// Listen opens both listeners, so that a taken address is known before anything starts.
func Listen(httpAddr, opsAddr string) (Listeners, error) {
	public, err := net.Listen("tcp", httpAddr)
	if err != nil {
		return Listeners{}, fmt.Errorf("http.addr: %w", err)
	}
	ops, err := net.Listen("tcp", opsAddr)
	if err != nil {
		return Listeners{}, errors.Join(fmt.Errorf("ops.addr: %w", err), public.Close())
	}
	return Listeners{HTTP: public, Ops: ops}, nil
}

// Run serves until ctx ends or a listener fails. Then it stops accepting, lets what is under way finish within the
// grace that the configuration gives, and returns.
func (a *App) Run(ctx context.Context, on Listeners) error {
	if err := a.DB.Occupy(); err != nil {
		return errors.Join(err, on.HTTP.Close(), on.Ops.Close())
	}
	a.Start()
	ops := &http.Server{Handler: a.Ops, ReadHeaderTimeout: 10 * time.Second}
	public := a.Serve(on.HTTP)
	failed := make(chan error, 1)
	go func() { failed <- ops.Serve(on.Ops) }()
	a.log.Info("serving", "http", on.HTTP.Addr().String(), "ops", on.Ops.Addr().String(), "engine", a.DB.Engine)
	var err error
	select {
	case <-ctx.Done():
		a.log.Info("shutting down", "grace", a.Config.HTTP.ShutdownGrace.String())
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	case err = <-public.Failed:
		err = fmt.Errorf("serve: %w", err)
	}
	a.draining.Store(true)
	if late := public.Shutdown(max(a.Config.HTTP.ShutdownGrace, time.Second)); late != nil {
		a.log.Warn("some requests did not finish in time", "err", late)
	}
	return errors.Join(err, ops.Close())
}

// Start runs what goes on beside the requests, until Close: watching for changed keys and vendors' balances, telling
// businesses of events, and the jobs. Run does it by itself.
func (a *App) Start() {
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.Channels.Start()
	watching := a.Keys.Watch(ctx)
	a.work.Go(func() { <-watching })
	a.work.Go(func() { a.Live.Watch(ctx, a.Config.Routing.BalanceEvery) })
	a.work.Go(func() { a.Webhooks.Run(ctx) })
	for _, j := range a.jobs() {
		a.work.Go(func() { j.repeat(ctx, a.log) })
	}
}
