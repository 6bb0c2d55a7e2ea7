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
	ReadReceipts ReadReceipts
	Inbox        Inbox // nil: vendors bring nothing
	InboxRate    int   // messages a second that one address may bring; 0 = no limit
}

// New makes the addresses that vendors call.
func New(e *edge.Edge, o Options) edge.Dialect {
	return edge.Dialect{Roots: []string{receiptsRoot, upstreamRoot}, Refuse: edge.RefuseProblem, Route: func(app *fiber.App) {
		reported := &receipts{e, o.ReadReceipts}
		app.Get(receiptsRoot+"/:channel", reported.take)
		app.Post(receiptsRoot+"/:channel/:token?", edge.BodyWithin(maxReceipt), reported.take)
		if o.Inbox != nil {
			brought := &upstream{e, o.Lookups, o.Inbox, o.InboxRate}
			app.Post(upstreamRoot+"/:vendor", brought.bringing, edge.JSONWithin(maxBrought), brought.take)
		}
	}}
}
