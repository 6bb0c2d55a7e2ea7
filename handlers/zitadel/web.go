package zitadel

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// Refuses tells whether a request is a call of gRPC-Web, which has its own way to say no.
func (r *rpc) Refuses(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && edge.Below(c.Path(), rpcRoot) &&
		strings.HasPrefix(strings.ToLower(c.Get(fiber.HeaderContentType)), rpcTypes[0]+"-web")
}

// web answers calls of gRPC-Web and Connect that come by HTTP/1. Nothing of the request may stay in Fiber's memory, which the next
// one overwrites.
func (r *rpc) web(c *fiber.Ctx) error {
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
	q.Header.Set(fiber.HeaderXForwardedFor, edge.Forwarded(c))
	w := &kept{header: http.Header{"Request-Id": {edge.RequestID(c)}}, status: http.StatusOK}
	r.Serve(w, q.WithContext(c.UserContext()), edge.IncomingOf(c))
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
