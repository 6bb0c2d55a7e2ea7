package edge

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// second is the edge for connections of HTTP/2, which Fiber does not speak. It serves gRPC, and everything that HTTP/1
// has, for proxies that speak HTTP/2 to the servers behind them.
type second struct {
	*Edge
	first fasthttp.RequestHandler
}

type streamsKey struct{}

// WithStreams lets the edge count the requests of a connection of HTTP/2. It belongs to the connection's context.
func WithStreams(ctx context.Context) context.Context {
	return context.WithValue(ctx, streamsKey{}, new(atomic.Int64))
}

// ServeHTTP answers a request of HTTP/2.
func (s *second) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if streams, counted := r.Context().Value(streamsKey{}).(*atomic.Int64); counted {
		s.Bounds.Streams.Note(streams.Add(1))
		defer streams.Add(-1)
	}
	if s.Bounds.draining.Load() {
		w.Header().Set(fiber.HeaderConnection, "close") // sent as GOAWAY
	}
	r.Method, r.RequestURI = methodOf(r.Method), Target(r.RequestURI)
	r.URL.Path = Target(r.URL.Path)
	in := s.Bounds.NewIncoming(r.Body, r.ContentLength)
	if HeaderSize(r) > MaxHeader || len(r.Header) > MaxFields {
		s.Bounds.Headers.Refuse()
		in.Refused = ErrHeaders()
	} else {
		in.Refused = RefuseTwice(Twice(r.Header))
	}
	for _, d := range s.dialects {
		if d.Calls == nil || !d.Calls.Takes(r) {
			continue
		}
		w.Header().Set("Request-Id", s.RequestID())
		w.Header().Set(fiber.HeaderCacheControl, "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), requestWithin)
		defer cancel()
		in.Enter()
		defer in.Leave()
		d.Calls.Serve(w, r.WithContext(ctx), in)
		return
	}
	s.answer(w, r, in)
}

// answer lets Fiber answer. The body stays where it is until a handler wants it.
func (s *second) answer(w http.ResponseWriter, r *http.Request, in *Incoming) {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, net.TCPAddrFromAddrPort(peer), nil)
	ctx.SetUserValue(incomingKey, in)
	to := &ctx.Request
	to.Header.SetMethod(r.Method)
	to.SetRequestURI(r.RequestURI)
	to.Header.SetHost(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			to.Header.Add(name, value)
		}
	}
	s.first(&ctx)
	ctx.Response.Header.VisitAll(func(name, value []byte) {
		if text := string(name); text != fiber.HeaderConnection { // HTTP/2 has no such
			w.Header().Add(text, string(value))
		}
	})
	if ctx.Response.StatusCode() == http.StatusNoContent { // fasthttp's headers name a type for what is not there
		w.Header().Del(fiber.HeaderContentType)
	}
	w.WriteHeader(ctx.Response.StatusCode())
	if err := ctx.Response.BodyWriteTo(w); err != nil {
		s.Log.Debug("a caller went away", "err", err)
	}
}
