package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
)

// Public is the public side while it listens: one port, two versions of HTTP.
type Public struct {
	Failed <-chan error // gets an error when it no longer serves

	front *front
	one   *fiber.App
	two   *http.Server
}

const (
	// pingAfter is how long a connection of HTTP/2 may be silent while requests are under way: is the other side still there?
	pingAfter = 30 * time.Second

	// maxFields is how much of headers HTTP/2 reads so that it can still answer that they are too long.
	maxFields = 4 * edge.MaxHeader
)

// bounds are the limits that the operator has set for the public side.
func (a *App) bounds(proxies []netip.Prefix) edge.Limits {
	c := a.Config.HTTP
	return edge.Limits{
		Conns: c.MaxConnections, ConnsPerAddress: c.MaxConnectionsPerAddress, Requests: c.MaxRequests,
		BodyBytes: c.MaxBodyBytes, Body: c.BodyLimit, HeaderTime: c.HeaderTimeout, BodyTime: c.ReadTimeout,
		IdleTime: c.IdleTimeout, Proxies: proxies,
	}
}

// sound is a listener whose connections give a server of HTTP/1.1 nothing but sound heads of requests.
type sound struct {
	net.Listener
	bounds *edge.Bounds
}

// Accept gives the next connection.
func (s sound) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if b, is := c.(*begun); is {
		return s.bounds.NewConn(b.Conn, b.start), nil
	}
	return s.bounds.NewConn(c, nil), nil
}

// Serve answers on a listener until Shutdown.
func (a *App) Serve(on net.Listener) *Public {
	c := a.Config.HTTP
	failed := make(chan error, 3)
	p := &Public{Failed: failed, front: newFront(a.Bounds.Listen(on), c.HeaderTimeout), one: a.HTTP, two: &http.Server{
		Handler: a.HTTP2, Protocols: new(http.Protocols), ReadTimeout: c.ReadTimeout, WriteTimeout: c.WriteTimeout,
		IdleTimeout: c.IdleTimeout, MaxHeaderBytes: maxFields,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: edge.MaxStreams, SendPingTimeout: pingAfter,
			MaxReceiveBufferPerConnection: edge.ConnWindow, MaxReceiveBufferPerStream: edge.StreamWindow,
		},
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context { return edge.WithStreams(ctx) },
		ErrorLog:    slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // what callers did wrong
	}}
	p.two.Protocols.SetUnencryptedHTTP2(true)
	serve := func(run func() error, by *side) {
		err := run()
		_ = by.Close() // it cannot fail
		if err != nil && !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}
	go serve(func() error { return p.one.Listener(sound{p.front.one, a.Bounds}) }, p.front.one)
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
	err = errors.Join(err, p.one.ShutdownWithContext(ctx), <-two, p.two.Close())
	return errors.Join(err, p.front.one.Close(), p.front.two.Close()) // a server that had not begun yet knows of no shutdown
}
