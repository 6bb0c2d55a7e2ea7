package edge

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// Dialect is one language in which the gateway is spoken to.
type Dialect struct {
	Roots  []string                              // of its paths; one that ends in a dot is the beginning of a name
	Refuse func(*fiber.Ctx, *models.Error) error // how it says no, also to what no handler sees: unknown paths, sizes, panics
	Route  func(*fiber.App)                      // puts up its paths
	Calls  Calls                                 // nil: there are none
}

// Calls are requests that a dialect takes without Fiber: those of gRPC.
type Calls interface {
	// Takes tells whether a request of HTTP/2 is one.
	Takes(r *http.Request) bool
	// Serve answers it. The Incoming tells whether it must be refused.
	Serve(w http.ResponseWriter, r *http.Request, in *Incoming)
	// Refuses tells whether a request of HTTP/1 is a call, which is refused in another way than Dialect.Refuse.
	Refuses(c *fiber.Ctx) bool
}

// dialectOf gives the dialect that a path belongs to, and the first one for a path that belongs to none. The case of
// letters does not matter: some dialects ignore it.
func (e *Edge) dialectOf(path string) Dialect {
	for _, d := range e.dialects {
		for _, root := range d.Roots {
			if Below(path, root) {
				return d
			}
		}
	}
	return e.dialects[0]
}

func (e *Edge) refusesItself(c *fiber.Ctx) bool {
	d := e.dialectOf(c.Path())
	return d.Calls != nil && d.Calls.Refuses(c)
}

// Below tells whether a path is a root or stands under it. A root that ends in a dot is the beginning of a name.
func Below(path, root string) bool {
	root = strings.TrimSuffix(root, "/")
	if len(path) < len(root) || !strings.EqualFold(path[:len(root)], root) {
		return false
	}
	return len(path) == len(root) || path[len(root)] == '/' || strings.HasSuffix(root, ".")
}
