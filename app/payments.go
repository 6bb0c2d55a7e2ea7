package app

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/payments"
	"whoseline/providers/gate"
	"whoseline/views"
	"whoseline/webhooks"
)

// buildPayments opens the account with the payment vendor, if there is one.
func (a *App) buildPayments() error {
	c := a.Config.Payments
	o := payments.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, World: a.World, Till: a.Till, Hash: a.Keyring.Hash, Expires: c.Expires, Least: c.Least, Most: c.Most,
		Changed: a.tellTopUp, Log: a.log,
	}
	if c.Vendor != "" {
		desk, err := payments.NewDesk(c.Vendor, payments.Account{
			Base: c.Base, Key: c.Key, Secret: string(c.Secret), Word: string(c.Word), Contract: c.Contract,
		}, a.options.Far, gate.Options{Now: a.World.Now})
		if err != nil {
			return fmt.Errorf("payments: %w", err)
		}
		o.Vendor = desk
	}
	a.Payments = payments.New(o)
	return nil
}

// topUpEvents are what a business is told when a top-up comes to a state. Of the others it reads.
var topUpEvents = map[payments.State]string{
	payments.Paid: "top_up.succeeded", payments.Failed: "top_up.failed", payments.Reversed: "top_up.reversed",
}

// tellTopUp notes in the trail that a top-up has come to another state, and tells the business.
func (a *App) tellTopUp(tx *gorm.DB, t payments.TopUp) error {
	err := a.Trail.NoteWith(tx, audit.Event{
		BusinessID: t.BusinessID, Actor: "payments", Action: "top_up." + string(t.State), Target: t.ID,
		Detail: audit.Details(map[string]any{"vendor": t.Vendor, "credited": t.Credited, "why": t.Why}),
	})
	name := topUpEvents[t.State]
	if err != nil || name == "" {
		return err
	}
	body, err := json.Marshal(struct {
		Event string      `json:"event"`
		Data  views.TopUp `json:"data"`
	}{name, views.TopUpOf(t)})
	if err != nil {
		return models.Fault(err)
	}
	e, err := a.Webhooks.Seal(webhooks.NewEvent{BusinessID: t.BusinessID, Type: name, Payload: body})
	if err != nil {
		return err
	}
	e.LookupID = e.ID // of no lookup, and each once
	return webhooks.Enqueue(tx, e)
}
