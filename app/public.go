package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers"
)

// Public is the public side while it listens: one port, two versions of HTTP.
type Public struct {
	Failed <-chan error // gets an error when it no longer serves

	front *front
	one   *fiber.App
	two   *http.Server
}

// The bounds of a connection of HTTP/2.
const (
	maxStreams = 100              // requests at once
	pingAfter  = 30 * time.Second // of silence while requests are under way: is the other side still there?
)

// Serve answers on a listener until Shutdown.
func (a *App) Serve(on net.Listener) *Public {
	c := a.Config.HTTP
	failed := make(chan error, 3)
	p := &Public{Failed: failed, front: newFront(on, c.ReadTimeout), one: a.HTTP, two: &http.Server{
		Handler: a.HTTP2, Protocols: new(http.Protocols), ReadTimeout: c.ReadTimeout, WriteTimeout: c.WriteTimeout,
		IdleTimeout: c.IdleTimeout, MaxHeaderBytes: handlers.MaxHeader,
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: maxStreams, SendPingTimeout: pingAfter},
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // what callers did wrong
	}}
	p.two.Protocols.SetUnencryptedHTTP2(true)
	serve := func(run func() error, by *side) {
		err := run()
		_ = by.Close() // it cannot fail
		if err != nil && !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}
	go serve(func() error { return p.one.Listener(p.front.one) }, p.front.one)
	go serve(func() error { return p.two.Serve(p.front.two) }, p.front.two)
	go func() {
		if err := p.front.run(); err != nil {
			failed <- err
		}
	}()
	return p
}

// firstByte is how long a shutdown leaves a new connection time for its first byte.
const firstByte = 500 * time.Millisecond

// Shutdown accepts nothing more and lets what is under way finish within the grace. The error tells that it did not.
func (p *Public) Shutdown(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := p.front.stop(min(firstByte, grace))
	two := make(chan error, 1)
	go func() { two <- p.two.Shutdown(ctx) }()
	return errors.Join(err, p.one.ShutdownWithContext(ctx), <-two, p.two.Close())
}
