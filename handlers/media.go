package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// anyType reads every body as JSON whatever it says that it is, as ZITADEL's gateway does. Compressed ones stay out: how
// large they are shows only when it is too late.
func anyType(c *fiber.Ctx) error {
	if encoded := c.Get(fiber.HeaderContentEncoding); encoded != "" && encoded != "identity" {
		return models.Fail(models.UnsupportedMediaType, "the body must not be compressed")
	}
	return c.Next()
}

// curlType is mediaType for a dialect whose documents call curl without a media type: curl then says that it is a form.
func curlType(c *fiber.Ctx) error {
	kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	if strings.TrimSpace(kind) == fiber.MIMEApplicationForm {
		return anyType(c)
	}
	return mediaType(c)
}
