package edge

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// BodyWithin reads the body of a request, which may have so many bytes. Doors stand before it: whoever has no credential makes
// nobody hold what they send.
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

// JSONBody reads a body and lets JSON in, also under a vendor's +json name, and bodies that do not say what they are.
// An empty body has no type, whatever its headers say.
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

// AnyBody reads a body of whatever type it says to be.
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
