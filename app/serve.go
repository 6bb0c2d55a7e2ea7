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

// Run serves until ctx ends or a listener fails. Told to stop, it drains for http.drain, see drain. Then it stops accepting, lets what is under way finish within
// http.shutdown_grace, and returns.
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
	err := served(ctx, failed, public.Failed)
	a.draining.Store(true)
	if err == nil {
		err = a.drain(failed, public.Failed)
	}
	a.log.Info("shutting down", "grace", a.Config.HTTP.ShutdownGrace.String())
	if late := public.Shutdown(max(a.Config.HTTP.ShutdownGrace, time.Second)); late != nil {
		a.log.Warn("some requests did not finish in time", "err", late)
	}
	return errors.Join(err, ops.Close())
}

// drain serves on for a while. In the first half every balancer hears that the gateway is not ready and turns away. In the
// second half each answer ends its connection, for callers that came by themselves. Both at once would lose requests: what
// a proxy sends on a connection of HTTP/2 before it reads the GOAWAY is not processed.
func (a *App) drain(ops, public <-chan error) error {
	half := a.Config.HTTP.Drain / 2
	a.log.Info("draining", "for", (2 * half).String())
	turning, over := context.WithTimeout(context.Background(), half)
	defer over()
	if err := served(turning, ops, public); err != nil {
		return err
	}
	a.Bounds.Drain()
	ending, over := context.WithTimeout(context.Background(), half)
	defer over()
	return served(ending, ops, public)
}

// served waits until ctx ends, or for the error of a listener that fails.
func served(ctx context.Context, ops, public <-chan error) (err error) {
	select {
	case <-ctx.Done():
		return nil
	case err = <-ops:
	case err = <-public:
	}
	return fmt.Errorf("serve: %w", err)
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
