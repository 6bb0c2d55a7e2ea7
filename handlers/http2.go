package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"whoseline/models"
)

// second is the edge for connections of HTTP/2, which Fiber does not speak: calls of gRPC, and beside them everything
// that the first version has, for proxies that speak the second one to whatever stands behind them.
type second struct {
	*edge
	rpc      *zitadelRPC
	first    http.Handler
	tooLarge http.Handler
}

func newSecond(e *edge, rpc *zitadelRPC, app *fiber.App) *second {
	return &second{edge: e, rpc: rpc, first: adaptor.FiberApp(app), tooLarge: adaptor.FiberHandler(func(c *fiber.Ctx) error {
		return e.refuse(c, models.Fail(models.TooLarge, ""))
	})}
}

// ServeHTTP answers a request of HTTP/2.
func (s *second) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Method = methodOf(r.Method)
	if hops := r.Header.Values(fiber.HeaderXForwardedFor); len(hops) > 1 { // of several lines the adaptor keeps the last
		r.Header.Set(fiber.HeaderXForwardedFor, strings.Join(hops, ","))
	}
	if speaksRPC(r) && takesRPC(r) {
		w.Header().Set("Request-Id", s.RequestID())
		w.Header().Set(fiber.HeaderCacheControl, "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), requestWithin)
		defer cancel()
		s.rpc.ServeHTTP(w, r.WithContext(ctx))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.BodyLimit)))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if tooMuch := (*http.MaxBytesError)(nil); errors.As(err, &tooMuch) {
		r.Body = http.NoBody
		s.tooLarge.ServeHTTP(w, r)
		return
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the caller went away in the middle of the body
	}
	s.first.ServeHTTP(w, r)
}

// web answers calls of gRPC-Web and Connect that come by HTTP/1.
func (r *zitadelRPC) web(c *fiber.Ctx) error {
	var q http.Request
	if err := fasthttpadaptor.ConvertRequest(c.Context(), &q, true); err != nil {
		return models.Fail(models.Invalid, "the request is not valid HTTP")
	}
	if !speaksRPC(&q) || !takesRPC(&q) {
		return models.Fail(models.UnsupportedMediaType, "the body must be application/grpc-web+proto")
	}
	q.Header.Set(fiber.HeaderXForwardedFor, forwarded(c))
	w := &kept{header: http.Header{"Request-Id": {requestID(c)}}, status: http.StatusOK}
	r.ServeHTTP(w, q.WithContext(c.UserContext()))
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
