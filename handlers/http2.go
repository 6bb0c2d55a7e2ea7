package handlers

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	entry "whoseline/handlers/edge"
	"whoseline/models"
)

// second is the edge for connections of HTTP/2, which Fiber does not speak: calls of gRPC, and beside them everything
// that the first version has, for proxies that speak the second one to whatever stands behind them.
type second struct {
	*edge
	rpc   *zitadelRPC
	first fasthttp.RequestHandler
}

func newSecond(e *edge, rpc *zitadelRPC, first fasthttp.RequestHandler) *second {
	return &second{edge: e, rpc: rpc, first: first}
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
	r.Method, r.RequestURI = methodOf(r.Method), entry.Target(r.RequestURI)
	r.URL.Path = entry.Target(r.URL.Path)
	in := s.Bounds.NewIncoming(r.Body, r.ContentLength)
	if entry.HeaderSize(r) > entry.MaxHeader || len(r.Header) > entry.MaxFields {
		s.Bounds.Headers.Refuse()
		in.Refused = entry.ErrHeaders()
	} else {
		in.Refused = entry.RefuseTwice(entry.Twice(r.Header))
	}
	if speaksRPC(r) && takesRPC(r) {
		w.Header().Set("Request-Id", s.RequestID())
		w.Header().Set(fiber.HeaderCacheControl, "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), requestWithin)
		defer cancel()
		in.Enter()
		defer in.Leave()
		s.rpc.serve(w, r.WithContext(ctx), in)
		return
	}
	s.answer(w, r, in)
}

// answer lets Fiber answer. The body stays where it is until a handler wants it.
func (s *second) answer(w http.ResponseWriter, r *http.Request, in *entry.Incoming) {
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
	w.WriteHeader(ctx.Response.StatusCode())
	if err := ctx.Response.BodyWriteTo(w); err != nil {
		s.Log.Debug("a caller went away", "err", err)
	}
}

// webCall tells whether a request is a call of gRPC-Web, which has its own way to say no.
func webCall(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && below(c.Path(), zitadelRPCRoot) &&
		strings.HasPrefix(strings.ToLower(c.Get(fiber.HeaderContentType)), rpcTypes[0]+"-web")
}

// web answers calls of gRPC-Web and Connect that come by HTTP/1. Nothing of the request may stay in Fiber's memory, which the next
// one overwrites.
func (r *zitadelRPC) web(c *fiber.Ctx) error {
	target, err := url.ParseRequestURI(string(c.Request().RequestURI()))
	if err != nil {
		return models.Fail(models.Invalid, "the request is not valid HTTP")
	}
	q := &http.Request{
		Method: http.MethodPost, URL: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Host: string(c.Request().Host()), RemoteAddr: c.Context().RemoteAddr().String(), Body: http.NoBody, ContentLength: -1,
	}
	c.Request().Header.VisitAll(func(name, value []byte) { q.Header.Add(string(name), string(value)) })
	if !speaksRPC(q) || !takesRPC(q) {
		return models.Fail(models.UnsupportedMediaType, "the body must be application/grpc-web+proto")
	}
	q.Header.Del(fiber.HeaderContentLength) // the server's own: it has not seen the body
	q.Header.Set(fiber.HeaderXForwardedFor, forwarded(c))
	w := &kept{header: http.Header{"Request-Id": {requestID(c)}}, status: http.StatusOK}
	r.serve(w, q.WithContext(c.UserContext()), incomingOf(c))
	for name, values := range w.header {
		if !strings.HasPrefix(name, http.TrailerPrefix) {
			c.Set(name, strings.Join(values, ","))
		}
	}
	return c.Status(w.status).Send(w.body.Bytes())
}

// kept is an answer that is kept until it is whole.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header            { return k.header }
func (k *kept) WriteHeader(status int)         { k.status = status }
func (k *kept) Write(part []byte) (int, error) { return k.body.Write(part) }
