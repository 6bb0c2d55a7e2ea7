package app

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/webhooks"
)

// Correct carries out a correction: the audit trail tells of it, and the business of a refund, in the same transaction. See
// billing.Till.Correct.
func (a *App) Correct(ctx context.Context, order billing.CorrectionOrder) (billing.Corrected, error) {
	tell := func(*gorm.DB, models.Correction) error { return nil }
	if order.LookupID != "" {
		record, err := a.Lookups.Get(ctx, order.BusinessID, false, order.LookupID)
		if err != nil {
			return billing.Corrected{}, err
		}
		if err := lookup.Refundable(record); err != nil {
			return billing.Corrected{}, err
		}
		tell = func(tx *gorm.DB, c models.Correction) error { return a.tellRefunded(tx, record, c) }
	}
	also := order.Told
	order.Told = func(tx *gorm.DB, c models.Correction) error {
		err := a.Trail.NoteWith(tx, audit.Event{
			BusinessID: c.BusinessID, Actor: c.Actor, Action: "wallet." + string(c.Kind), Target: c.Target,
			Detail: audit.Details(map[string]any{"amount": c.Amount, "reason": c.Reason, "reference": c.Reference}),
		})
		if err == nil && also != nil {
			err = also(tx, c)
		}
		if err != nil {
			return err
		}
		return tell(tx, c)
	}
	return a.Till.Correct(ctx, order)
}

// lookupRefunded is the event of which a business is told when it gets back what a lookup cost.
const lookupRefunded = "lookup.refunded"

type refundedView struct {
	Event string           `json:"event"`
	Data  refundedDataView `json:"data"`
}

type refundedDataView struct {
	ID        string `json:"id"`
	Charged   int64  `json:"charged"`
	Refunded  int64  `json:"refunded"`
	Currency  string `json:"currency"`
	Reason    string `json:"reason"`
	Reference string `json:"reference"`
}

func (a *App) tellRefunded(tx *gorm.DB, r *lookup.Record, c models.Correction) error {
	body, err := json.Marshal(refundedView{lookupRefunded, refundedDataView{r.ID, r.Charged, c.Amount, models.Naira, c.Reason, c.Reference}})
	if err != nil {
		return models.Fault(err)
	}
	e, err := a.Webhooks.Seal(webhooks.NewEvent{BusinessID: c.BusinessID, Type: lookupRefunded, LookupID: r.ID, Payload: body})
	if err != nil {
		return err
	}
	return webhooks.Enqueue(tx, e)
}
