package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	entry "whoseline/handlers/edge"
	"whoseline/models"
)

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
