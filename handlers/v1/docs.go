package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/docs"
	"whoseline/handlers/edge"
)

// docsPolicy lets the documentation page load its own files and nothing else.
const docsPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

// routeDocs serves the API document of a release and the page that shows it.
func routeDocs(app *fiber.App, release string) {
	for path, file := range map[string]struct{ name, kind string }{
		"/docs":                     {"page/index.html", "text/html; charset=utf-8"},
		"/docs/errors":              {"page/errors.html", "text/html; charset=utf-8"},
		"/docs/page.css":            {"page/page.css", "text/css; charset=utf-8"},
		"/docs/rapidoc-min.js":      {"page/rapidoc-min.js", "text/javascript; charset=utf-8"},
		"/docs/rapidoc-LICENSE.txt": {"page/rapidoc-LICENSE.txt", "text/plain; charset=utf-8"},
	} {
		body, err := docs.Files.ReadFile(file.name)
		if err != nil {
			panic("v1: " + err.Error()) // the files are part of the binary
		}
		app.Get(path, serveDocs(file.kind, body))
	}
	document, err := docs.Document(release)
	if err != nil {
		panic("v1: " + err.Error())
	}
	app.Get("/docs/openapi.yaml", serveDocs("application/yaml", document))
}

func serveDocs(kind string, body []byte) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentSecurityPolicy, docsPolicy)
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		return edge.Send(c, fiber.StatusOK, kind, body)
	}
}
