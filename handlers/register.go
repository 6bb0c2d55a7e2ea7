// Package handlers answers: which dialects does the gateway speak? Each is a folder; the edge is what they share.
package handlers

import (
	"time"

	"whoseline/access"
	"whoseline/lookup"
	"whoseline/webhooks"
)

// AllOptions is what the public side needs.
type AllOptions struct {
	Edge     Options
	Lookups  *lookup.Service
	Faces    *access.Faces
	Webhooks *webhooks.Service
	Sources  func() []SourceStatus
	Zone     *time.Location // in which DigiPay's clients read times; nil = UTC
	Staff    *Staff         // nil: there is no console
	Receipts ReadReceipts
	Inbox    Inbox // nil: vendors bring nothing
	Brought  int   // messages a second that one address may bring; 0 = no limit
	Docs     bool  // serve the documentation page
}

// NewAll gives the whole public side. A dialect more is a folder and a line here.
func NewAll(o AllOptions) Public {
	e := newEdge(o.Edge)
	return e.open(
		newYouverify(e, o.Lookups), // also answers for paths that are nobody's
		newAPI(e, v1Options{Lookups: o.Lookups, Webhooks: o.Webhooks, Sources: o.Sources, Identity: Identity, Docs: o.Docs}),
		newLumin(e, o.Faces),
		newDigiPay(e, o.Faces, o.Zone),
		newZitadel(e),
		newCallbacks(e, callbackOptions{Lookups: o.Lookups, ReadReceipts: o.Receipts, Inbox: o.Inbox, InboxRate: o.Brought}),
		newConsole(e, consoleOptions{Staff: o.Staff, Lookups: o.Lookups, Webhooks: o.Webhooks, Sources: o.Sources}),
	)
}
