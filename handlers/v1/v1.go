// Package v1 answers: how does our own API speak? docs/openapi.yaml describes it.
package v1

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/webhooks"
)

// api is our own API under /v1: the wallet, its statement and consents. Names are camelCase, amounts are in kobo, lists
// come newest first, errors are RFC 9457 problems. docs/openapi.yaml describes it.
type api struct {
	*edge.Edge
	Options
}

const root = "/v1"

// How many characters callers may write.
const (
	maxText = 200
	maxURL  = 2000
)

// Options is what our own API needs besides.
type Options struct {
	Businesses *access.Businesses
	Lookups    *lookup.Service
	Webhooks   *webhooks.Service
	Sources    func() []edge.SourceStatus
	Identity   func(r *lookup.Record, parentID string) []byte // how a confirmed lookup is answered: as the dialect that asked reads it
	Docs       bool                                           // serve the documentation page
	Release    string                                         // what the API document names
}

// New makes our own API.
func New(e *edge.Edge, o Options) edge.Dialect {
	a := &api{e, o}
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
	own, door := app.Group(root), a.Door(credential)
	own.Get("/wallet", door, a.wallet)
	own.Get("/wallet/transfers", door, a.transfers)
	own.Get("/prices", door, a.prices)
	own.Get("/statements/:month", door, a.statement)
	own.Get("/checkpoints", door, a.checkpoints)
	own.Get("/lookups/:id/receipt", door, a.receipt)
	own.Post("/quotes", door, edge.JSONBody, a.quote)
	own.Post("/consents/withdraw", door, edge.JSONBody, a.withdraw)
	own.Get("/consents", door, a.consents)
	own.Get("/consents/:id", door, a.consent)
	own.Post("/lookups/:id/confirm", door, edge.JSONBody, a.confirm)
	own.Post("/lookups/:id/resend", door, a.resend)
	own.Get("/lookups/:id", door, a.lookup)
	own.Post("/erasures", door, edge.JSONBody, a.erase)
	own.Get("/status/providers", door, a.sources)
	own.Get("/webhooks", door, a.endpoints)
	own.Post("/webhooks", door, edge.JSONBody, a.addEndpoint)
	own.Get("/webhooks/events", door, a.events)
	own.Post("/webhooks/events/:id/replay", door, a.replay)
	own.Delete("/webhooks/:id", door, a.removeEndpoint)
	own.Post("/webhooks/:id/enable", door, a.enableEndpoint)
	own.Post("/webhooks/:id/test", door, a.tryEndpoint)
	own.Get("/templates", door, a.templates)
	own.Get("/templates/:language", door, a.template)
	own.Put("/templates/:language", door, edge.JSONBody, a.setTemplate)
	own.Delete("/templates/:language", door, a.removeTemplate)
	a.routeSubjects(own, door)
	if a.Docs {
		routeDocs(app, a.Release)
	}
}
