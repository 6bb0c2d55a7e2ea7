package edge

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/possession"
)

// Options is what all dialects share.
type Options struct {
	Keys          *access.Keys
	Limiter       *access.Limiter
	Subjects      *access.Subjects
	Possession    *possession.Service
	Till          *billing.Till
	PartnerLimits PartnerLimits
	World         models.World
	RequestID     func() string // 24 hex digits; nil = World.NewID

	Bounds         *Bounds
	WriteTimeout   time.Duration
	TrustedProxies []netip.Prefix
	UnknownKeys    int    // API keys that nobody has, which one address may show in a second; 0 = no limit
	LogRequests    string // none, errors or all
	Log            *slog.Logger
	Registry       prometheus.Registerer
}

// Public is the whole public surface.
type Public struct {
	HTTP  *fiber.App
	HTTP2 http.Handler // the same, and gRPC, for connections of HTTP/2
}

// New gives what the dialects are made with.
func New(o Options) *Edge {
	if o.RequestID == nil {
		o.RequestID = o.World.NewID
	}
	return &Edge{Options: o, metrics: newMetrics(o.Registry)}
}

// Open puts dialects up. The first one answers for paths that are nobody's.
func (e *Edge) Open(dialects ...Dialect) Public {
	e.dialects = dialects
	app := fiber.New(fiber.Config{
		Immutable:             true,            // what Fiber hands out is otherwise overwritten by the next request
		ReadBufferSize:        MaxHeader + 256, // the edge has measured heads already, and adds a little
		WriteTimeout:          e.WriteTimeout,
		DisableStartupMessage: true,
		ErrorHandler:          e.refuse,
	})
	app.Use(e.observe)
	for _, d := range dialects {
		d.Route(app)
	}
	e.routes = routesOf(app)
	return Public{HTTP: app, HTTP2: &second{Edge: e, first: e.arrive(app)}}
}
