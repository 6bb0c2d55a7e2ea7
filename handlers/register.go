// Package handlers answers: which dialects does the gateway speak? Each is a folder; the edge is what they share.
package handlers

import (
	"context"
	"time"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/handlers/callbacks"
	"whoseline/handlers/console"
	"whoseline/handlers/digipay"
	"whoseline/handlers/edge"
	"whoseline/handlers/lumin"
	v1 "whoseline/handlers/v1"
	"whoseline/handlers/youverify"
	"whoseline/handlers/zitadel"
	"whoseline/lookup"
	"whoseline/payments"
	"whoseline/webhooks"
)

// Options is what the public side needs.
type Options struct {
	Edge        edge.Options
	Businesses  *access.Businesses
	Lookups     *lookup.Service
	Partners    *access.Partners
	Webhooks    *webhooks.Service
	Payments    *payments.Service
	Trail       *audit.Trail
	Batches     *batches.Service
	BatchRows   v1.BatchRows
	KeepBatches time.Duration
	Sources     func() []edge.SourceStatus
	DaysLeft    func(ctx context.Context, businessID string, available int64) (*int64, error)
	Zone        *time.Location // in which DigiPay's clients read times; nil = UTC
	Staff       *console.Staff // nil: there is no console
	Docs        bool           // serve the documentation page
	Release     string         // what the API document names

	ReadReports  callbacks.ReadReports
	Callbacks    callbacks.Callbacks // nil: vendors bring nothing
	CallbackRate int                 // messages a second that one address may bring; 0 = no limit
}

// New gives the whole public side. A new dialect is a folder and a line in this table.
func New(o Options) edge.Public {
	e := edge.New(o.Edge)
	return e.Open(
		youverify.New(e, o.Lookups), // also answers for paths that are nobody's
		v1.New(e, v1.Options{
			Businesses: o.Businesses, Lookups: o.Lookups, Webhooks: o.Webhooks, Sources: o.Sources, DaysLeft: o.DaysLeft, Payments: o.Payments, Trail: o.Trail, Batches: o.Batches, BatchRows: o.BatchRows, KeepBatches: o.KeepBatches, Identity: youverify.Identity,
			Docs: o.Docs, Release: o.Release,
		}),
		lumin.New(e, o.Partners),
		digipay.New(e, o.Partners, o.Zone),
		zitadel.New(e),
		callbacks.New(e, callbacks.Options{Lookups: o.Lookups, ReadReports: o.ReadReports, Callbacks: o.Callbacks, Payments: o.Payments, CallbackRate: o.CallbackRate}),
		console.New(e, console.Options{Staff: o.Staff, Lookups: o.Lookups, Webhooks: o.Webhooks, Sources: o.Sources}),
	)
}
