package handlers

import (
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// methodOf gives the method as which a request is answered. To one that it does not know Fiber says in words of its own
// that it is none; as TRACE, which no path has, it is refused like any that a path does not have.
func methodOf(method string) string {
	if slices.Contains(fiber.DefaultMethods, method) {
		return method
	}
	return fiber.MethodTrace
}

// takeAnyMethod puts methodOf before everything that Fiber does.
func takeAnyMethod(app *fiber.App) {
	next := app.Handler()
	app.Server().Handler = func(ctx *fasthttp.RequestCtx) {
		if method := string(ctx.Method()); methodOf(method) != method {
			ctx.Request.Header.SetMethod(methodOf(method))
		}
		next(ctx)
	}
}
