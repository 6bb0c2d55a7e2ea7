// Package handlers answers: how does each partner speak? It is the HTTP edge: it turns each dialect's bytes into what the middle of the house understands, and
// what came of it back into that dialect's bytes. A handler reads, calls and writes; rules live elsewhere.
package handlers

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/access"
	"whoseline/billing"
	entry "whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/webhooks"
)

// Options is what the edge needs.
type Options struct {
	Keys       *access.Keys
	Limiter    *access.Limiter
	Lookups    *lookup.Service
	Possession *possession.Service
	Faces      *access.Faces
	Subjects   *access.Subjects
	FaceLimits FaceLimits
	Zone       *time.Location // in which DigiPay's clients read times; nil = UTC
	Till       *billing.Till
	Webhooks   *webhooks.Service
	Sources    func() []SourceStatus
	Staff      *Staff // nil: there is no console

	// ReadReceipts proves and understands what was reported to a channel. Errors: models.NotFound, Unauthorized, Invalid.
	ReadReceipts func(channel string, m ReceiptMail) (ReceiptsTold, error)

	Inbox     Inbox // nil: vendors bring nothing
	InboxRate int   // messages a second that one address may bring; 0 = no limit
	World     models.World
	RequestID func() string // 24 hex digits; nil = World.NewID

	Bounds         *entry.Bounds
	WriteTimeout   time.Duration
	TrustedProxies []netip.Prefix
	UnknownKeys    int    // API keys that nobody has, which one address may show in a second; 0 = no limit
	Docs           bool   // serve the documentation page
	LogRequests    string // none, errors or all
	Log            *slog.Logger
	Registry       prometheus.Registerer
}

// Edge is the whole public surface.
type Edge struct {
	HTTP  *fiber.App
	HTTP2 http.Handler // the same, and gRPC, for connections of HTTP/2
}

// New gives the whole public surface. Each dialect names its own routes.
func New(o Options) Edge {
	if o.RequestID == nil {
		o.RequestID = o.World.NewID
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	e := &edge{Options: o, metrics: newMetrics(o.Registry)}
	app := fiber.New(fiber.Config{
		Immutable:             true,                  // what Fiber hands out is otherwise overwritten by the next request
		ReadBufferSize:        entry.MaxHeader + 256, // the edge has measured heads already, and adds a little
		WriteTimeout:          o.WriteTimeout,
		DisableStartupMessage: true,
		ErrorHandler:          e.refuse,
	})
	app.Use(e.observe)
	app.Use(crossOrigin)

	identity := app.Group(youverifyRoot + "identity")
	yv := &youverify{edge: e}
	identity.Post("/ng/phone", e.charge, e.caller, mediaType, yv.phone)
	identity.Post("/search", e.caller, mediaType, yv.search)
	identity.Get("/:id", e.caller, yv.get)
	identity.Get("/", e.caller, yv.list)

	(&api{edge: e}).route(app)
	reported := &receipts{edge: e}
	app.Get(receiptsRoot+"/:channel", reported.take)
	app.Post(receiptsRoot+"/:channel/:token?", body(maxReceipt), reported.take)

	(&lumin{edge: e}).route(app)
	(&digipay{edge: e}).route(app)
	rpc := newZitadelRPC(&zitadel{edge: e})
	rpc.route(app)

	if o.Inbox != nil {
		app.Post(upstreamRoot+"/:vendor", e.bringing, jsonWithin(maxBrought), e.upstream)
	}

	if o.Staff != nil {
		(&console{edge: e, Staff: *o.Staff}).route(app)
	}
	if o.Docs {
		routeDocs(app)
	}
	e.routes = routesOf(app)
	return Edge{HTTP: app, HTTP2: newSecond(e, rpc, e.arrive(app))}
}
