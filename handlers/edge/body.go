package edge

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// BodyWithin reads the body of a request, up to so many bytes. It stands behind the doors: a caller without a
// credential cannot make us hold a body.
func BodyWithin(limit int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := ReadBody(c, limit); err != nil {
			return err
		}
		return c.Next()
	}
}

// ReadBody reads the body of a request for its handler, which may have so many bytes.
func ReadBody(c *fiber.Ctx, limit int) error {
	in := IncomingOf(c)
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

// JSONBody reads a body and lets JSON in, also under a vendor's +json name. A body that does not say what it is counts
// as JSON. An empty body has no type, whatever its headers say.
func JSONBody(c *fiber.Ctx) error { return JSONWithin(MaxBody)(c) }

// JSONWithin is JSONBody for a body of so many bytes.
func JSONWithin(limit int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
		kind = strings.TrimSpace(kind)
		fits := kind == "" || kind == JSONType || strings.HasSuffix(kind, "+json")
		if in := IncomingOf(c); !fits && in != nil && in.Length > 0 {
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

// AnyBody reads a body of any type.
func AnyBody(c *fiber.Ctx) error {
	if err := readPlain(c, MaxBody); err != nil {
		return err
	}
	return c.Next()
}

// readPlain reads a body that is not compressed: how large it is shows only when it is too late.
func readPlain(c *fiber.Ctx, limit int) error {
	if encoded := c.Get(fiber.HeaderContentEncoding); encoded != "" && !strings.EqualFold(encoded, "identity") {
		return errMediaType
	}
	return ReadBody(c, limit)
}
