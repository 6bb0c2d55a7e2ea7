package edge

import (
	"bytes"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// methodOf gives the method under which a request is answered. Fiber has words of its own for a method that it does not
// know. Such a request is treated as TRACE, which no path has, and is refused like any other wrong method.
func methodOf(method string) string {
	if slices.Contains(fiber.DefaultMethods, method) {
		return method
	}
	return fiber.MethodTrace
}

// incomingKey carries a request's body from the connection to the handlers, and whether there is room for the request.
const incomingKey = "incoming"

// arrive stands before everything that Fiber does. It takes any method, joins repeated slashes and counts the request.
func (e *Edge) arrive(app *fiber.App) fasthttp.RequestHandler {
	next := app.Handler()
	handler := func(ctx *fasthttp.RequestCtx) {
		in := e.incoming(ctx)
		in.Enter()
		defer in.Leave()
		ctx.SetUserValue(incomingKey, in)
		if method := string(ctx.Method()); methodOf(method) != method {
			ctx.Request.Header.SetMethod(methodOf(method))
		}
		if target := string(ctx.RequestURI()); Target(target) != target {
			ctx.Request.SetRequestURI(Target(target))
		}
		next(ctx)
		if conn, own := ctx.Conn().(*Conn); own && conn.MustClose() {
			ctx.SetConnectionClose()
		}
	}
	app.Server().Handler = handler
	return handler
}

// incoming gives the request as its connection brought it. One that came by another way has its body already.
func (e *Edge) incoming(ctx *fasthttp.RequestCtx) *Incoming {
	if in, there := ctx.UserValue(incomingKey).(*Incoming); there {
		return in
	}
	if conn, own := ctx.Conn().(*Conn); own {
		return conn.Incoming()
	}
	body := ctx.Request.Body()
	return e.Bounds.NewIncoming(bytes.NewReader(body), int64(len(body)))
}

// IncomingOf gives the request before its body was read, nil where nothing came in by arrive.
func IncomingOf(c *fiber.Ctx) *Incoming {
	in, _ := c.Context().UserValue(incomingKey).(*Incoming)
	return in
}
