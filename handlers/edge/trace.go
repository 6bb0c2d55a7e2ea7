package edge

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/traces"
)

// trace begins the span of a request.
func (e *Edge) trace(c *fiber.Ctx) (context.Context, traces.Span) {
	ctx := c.UserContext()
	if e.Traces == nil {
		return ctx, traces.Span{}
	}
	return e.Traces.Serve(ctx, c.Get("traceparent"))
}

// traced ends the span of a request. The path could hold an id that a client mistook for a number: the route stands for it.
func (e *Edge) traced(c *fiber.Ctx, span traces.Span) {
	if span.On() {
		route, status := e.route(c), c.Response().StatusCode()
		span.Name(c.Method() + " " + route)
		span.Text("http.request.method", c.Method())
		span.Text("http.route", route)
		span.Text("whoseline.request", RequestID(c))
		span.Number("http.response.status_code", status)
		if status >= 500 {
			span.Fail("")
		}
	}
	span.End()
}

// TraceCall ends the span of a call by gRPC or gRPC-Web. Procedure and code come from lists of ours.
func TraceCall(span traces.Span, procedure, code string) {
	span.Name(procedure)
	span.Text("rpc.method", procedure)
	span.Text("whoseline.code", code)
	if code == "internal" || code == "unavailable" {
		span.Fail(code)
	}
	span.End()
}

// traceID is the trace that the caller's traceparent names (W3C Trace Context), "" when there is none.
func traceID(c *fiber.Ctx) string {
	parts := strings.Split(c.Get("traceparent"), "-")
	if len(parts) < 4 || len(parts[1]) != 32 || strings.Trim(parts[1], "0123456789abcdef") != "" {
		return ""
	}
	return parts[1]
}
