package handlers

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/lookup"
)

// callbackOptions is what is needed for what vendors bring.
type callbackOptions struct {
	Lookups      *lookup.Service
	ReadReceipts ReadReceipts
	Inbox        Inbox // nil: vendors bring nothing
	InboxRate    int   // messages a second that one address may bring; 0 = no limit
}

// newCallbacks makes the addresses that vendors call.
func newCallbacks(e *edge, o callbackOptions) Dialect {
	return Dialect{Roots: []string{receiptsRoot, upstreamRoot}, Refuse: refuseProblem, Route: func(app *fiber.App) {
		reported := &receipts{e, o.ReadReceipts}
		app.Get(receiptsRoot+"/:channel", reported.take)
		app.Post(receiptsRoot+"/:channel/:token?", body(maxReceipt), reported.take)
		if o.Inbox != nil {
			brought := &upstream{e, o.Lookups, o.Inbox, o.InboxRate}
			app.Post(upstreamRoot+"/:vendor", brought.bringing, jsonWithin(maxBrought), brought.take)
		}
	}}
}
