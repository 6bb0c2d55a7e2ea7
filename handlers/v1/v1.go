// Package v1 answers: how does our own API speak? docs/openapi.yaml describes it.
package v1

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/payments"
	"whoseline/views"
	"whoseline/webhooks"
)

// api is our own API under /v1: the wallet, its statement and consents. Names are camelCase, amounts are in kobo, lists
// come newest first, errors are RFC 9457 problems. docs/openapi.yaml describes it.
type api struct {
	*edge.Edge
	Options

	mu        sync.Mutex
	exporting map[string]int // exports that are under way, by business
}

const root = "/v1"

// How many characters callers may write.
const (
	maxText = 200
	maxURL  = 2000
)

// Options is what our own API needs besides.
type Options struct {
	Businesses  *access.Businesses
	Lookups     *lookup.Service
	Webhooks    *webhooks.Service
	Payments    *payments.Service
	Trail       *audit.Trail
	BatchRows   BatchRows
	Batches     *batches.Service
	DaysLeft    func(ctx context.Context, businessID string, available int64) (*int64, error) // at the present burn; nil = nothing is spent
	Sources     func() []edge.SourceStatus
	Identity    func(r *lookup.Record, parentID string) []byte // how a confirmed lookup is answered: as the dialect that asked reads it
	KeepBatches time.Duration                                  // after their end
	Docs        bool                                           // serve the documentation page
	Release     string                                         // what the API document names
}

// BatchRows reads rows of a batch behind a number, with as much of what their lookups say as the business is given.
type BatchRows func(ctx context.Context, b batches.Batch, release models.Disclosure, after int64, limit int) ([]views.BatchRow, error)

// New makes our own API.
func New(e *edge.Edge, o Options) edge.Dialect {
	a := &api{Edge: e, Options: o, exporting: map[string]int{}}
	return edge.Dialect{Roots: []string{root}, Refuse: edge.RefuseProblem, Route: a.route}
}

// credential is the key that the caller shows: the header token, or a bearer.
func credential(c *fiber.Ctx) string {
	if token := edge.TokenHeader(c); token != "" {
		return token
	}
	if bearer := c.Get(fiber.HeaderAuthorization); len(bearer) > 7 && strings.EqualFold(bearer[:7], "bearer ") {
		return bearer[7:]
	}
	return ""
}

func (a *api) route(app *fiber.App) {
	own := app.Group(root)
	door := func(s access.Scope) fiber.Handler { return a.Door(credential, s) }
	own.Get("/wallet", door(access.ScopeWallet), a.wallet)
	own.Get("/wallet/transfers", door(access.ScopeWallet), a.transfers)
	own.Get("/caps", door(access.ScopeWallet), a.caps)
	own.Get("/prices", door(access.ScopeWallet), a.prices)
	own.Get("/statements/:month", door(access.ScopeWallet), a.statement)
	own.Get("/checkpoints", door(access.ScopeWallet), a.checkpoints)
	own.Post("/quotes", door(access.ScopeWallet), edge.JSONBody, a.quote)
	own.Get("/lookups/:id/receipt", door(access.ScopeHistory), a.receipt)
	own.Post("/consents/withdraw", door(access.ScopeConsents), edge.JSONBody, a.withdraw)
	own.Get("/consents", door(access.ScopeConsents), a.consents)
	own.Get("/consents/:id", door(access.ScopeConsents), a.consent)
	own.Post("/lookups/:id/confirm", door(access.ScopeLookup), edge.JSONBody, a.confirm)
	own.Post("/lookups/:id/resend", door(access.ScopeLookup), a.resend)
	own.Get("/lookups/:id", door(access.ScopeHistory), a.lookup)
	own.Get("/status/providers", door(access.AnyScope), a.sources)
	own.Get("/webhooks", door(access.ScopeWebhooks), a.endpoints)
	own.Post("/webhooks", door(access.ScopeWebhooks), edge.JSONBody, a.addEndpoint)
	own.Get("/webhooks/events", door(access.ScopeWebhooks), a.events)
	own.Post("/webhooks/events/:id/replay", door(access.ScopeWebhooks), a.replay)
	own.Delete("/webhooks/:id", door(access.ScopeWebhooks), a.removeEndpoint)
	own.Post("/webhooks/:id/enable", door(access.ScopeWebhooks), a.enableEndpoint)
	own.Post("/webhooks/:id/test", door(access.ScopeWebhooks), a.tryEndpoint)
	own.Get("/templates", door(access.ScopeSubjects), a.templates)
	own.Get("/templates/:language", door(access.ScopeSubjects), a.template)
	own.Put("/templates/:language", door(access.ScopeSubjects), edge.JSONBody, a.setTemplate)
	own.Delete("/templates/:language", door(access.ScopeSubjects), a.removeTemplate)
	money := door(access.ScopeTopUps)
	own.Post("/top-ups", money, liveMoney, edge.JSONBody, a.startTopUp)
	own.Get("/top-ups", money, liveMoney, a.topUps)
	own.Get("/top-ups/:id", money, liveMoney, a.topUp)
	own.Get("/top-ups/:id/receipt", money, liveMoney, a.topUpReceipt)
	own.Get("/exports/:what", door(access.ScopeExports), a.exportOf)
	a.routeErasures(own, door(access.ScopeErasures))
	a.routeBatches(own)
	a.routeSubjects(own, door(access.ScopeSubjects))
	if a.Docs {
		routeDocs(app, a.Release)
	}
}
