package handlers

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	entry "whoseline/handlers/edge"
	"whoseline/models"
)

// methodOf gives the method as which a request is answered. To one that it does not know Fiber says in words of its own
// that it is none; as TRACE, which no path has, it is refused like any that a path does not have.
func methodOf(method string) string {
	if slices.Contains(fiber.DefaultMethods, method) {
		return method
	}
	return fiber.MethodTrace
}

// incomingKey carries a request's body, and whether there is room for the request, from the connection to the handlers.
const incomingKey = "incoming"

// arrive stands before everything that Fiber does. It takes any method, joins repeated slashes and counts the request.
func (e *edge) arrive(app *fiber.App) fasthttp.RequestHandler {
	next := app.Handler()
	handler := func(ctx *fasthttp.RequestCtx) {
		in := e.incoming(ctx)
		in.Enter()
		defer in.Leave()
		ctx.SetUserValue(incomingKey, in)
		if method := string(ctx.Method()); methodOf(method) != method {
			ctx.Request.Header.SetMethod(methodOf(method))
		}
		if target := string(ctx.RequestURI()); entry.Target(target) != target {
			ctx.Request.SetRequestURI(entry.Target(target))
		}
		next(ctx)
		if conn, own := ctx.Conn().(*entry.Conn); own && conn.MustClose() {
			ctx.SetConnectionClose()
		}
	}
	app.Server().Handler = handler
	return handler
}

// incoming gives the request as its connection brought it. One that came by another way has its body already.
func (e *edge) incoming(ctx *fasthttp.RequestCtx) *entry.Incoming {
	if in, there := ctx.UserValue(incomingKey).(*entry.Incoming); there {
		return in
	}
	if conn, own := ctx.Conn().(*entry.Conn); own {
		return conn.Incoming()
	}
	body := ctx.Request.Body()
	return e.Bounds.NewIncoming(bytes.NewReader(body), int64(len(body)))
}

// incomingOf gives the request before its body was read, nil where nothing came in by arrive.
func incomingOf(c *fiber.Ctx) *entry.Incoming {
	in, _ := c.Context().UserValue(incomingKey).(*entry.Incoming)
	return in
}

// body reads the body of a request, which may have so many bytes. Doors stand before it: whoever has no credential makes
// nobody hold what they send.
func body(limit int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := readBody(c, limit); err != nil {
			return err
		}
		return c.Next()
	}
}

func readBody(c *fiber.Ctx, limit int) error {
	in := incomingOf(c)
	if in == nil {
		return nil
	}
	content, err := in.Body(limit)
	if err != nil {
		return err
	}
	c.Request().SetBodyRaw(content)
	return nil
}

var errMediaType = models.Fail(models.UnsupportedMediaType, "the body must be application/json")

// mediaType reads a body and lets JSON in, also under a vendor's +json name, and bodies that do not say what they are.
// An empty body has no type, whatever its headers say.
func mediaType(c *fiber.Ctx) error { return jsonWithin(entry.MaxBody)(c) }

// jsonWithin is mediaType for a body of so many bytes.
func jsonWithin(limit int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
		kind = strings.TrimSpace(kind)
		fits := kind == "" || kind == jsonType || strings.HasSuffix(kind, "+json")
		if in := incomingOf(c); !fits && in != nil && in.Length > 0 {
			return errMediaType
		}
		if err := readPlain(c, limit); err != nil {
			return err
		}
		if !fits && len(c.BodyRaw()) > 0 {
			return errMediaType
		}
		return c.Next()
	}
}

// anyType reads a body of whatever type it says to be.
func anyType(c *fiber.Ctx) error {
	if err := readPlain(c, entry.MaxBody); err != nil {
		return err
	}
	return c.Next()
}

// readPlain reads a body that is not compressed: how large it is shows only when it is too late.
func readPlain(c *fiber.Ctx, limit int) error {
	if encoded := c.Get(fiber.HeaderContentEncoding); encoded != "" && !strings.EqualFold(encoded, "identity") {
		return errMediaType
	}
	return readBody(c, limit)
}

// curlType is mediaType for a dialect whose documents call curl without a media type: curl then says that it is a form.
func curlType(c *fiber.Ctx) error {
	kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	if strings.TrimSpace(kind) == fiber.MIMEApplicationForm {
		return anyType(c)
	}
	return mediaType(c)
}
