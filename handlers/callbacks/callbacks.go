// Package callbacks answers: what do vendors bring on their own? Receipts of messages, and answers that come later.
package callbacks

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
)

// Options is what is needed for what vendors bring.
type Options struct {
	Lookups      *lookup.Service
	ReadReports  ReadReports
	Callbacks    Callbacks // nil: vendors bring nothing
	Payments     Payments  // nil: no payments are taken
	CallbackRate int       // messages a second that one address may bring; 0 = no limit
}

// New makes the addresses that vendors call.
func New(e *edge.Edge, o Options) edge.Dialect {
	return edge.Dialect{Roots: []string{reportsRoot, callbackRoot, paymentsRoot}, Refuse: edge.RefuseProblem, Route: func(app *fiber.App) {
		reported := &reports{e, o.ReadReports}
		app.Get(reportsRoot+"/:channel", reported.take)
		app.Post(reportsRoot+"/:channel/:token?", edge.BodyWithin(maxReport), reported.take)
		if o.Payments != nil {
			brought := &paid{e, o.Payments, o.CallbackRate}
			app.Post(paymentsRoot+"/:vendor", brought.bringing, edge.JSONBody, brought.take)
		}
		if o.Callbacks != nil {
			brought := &callback{e, o.Lookups, o.Callbacks, o.CallbackRate}
			app.Post(callbackRoot+"/:vendor", brought.bringing, edge.JSONWithin(maxBrought), brought.take)
		}
	}}
}
