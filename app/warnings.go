package app

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
)

// SetThreshold sets below which balance a business is warned; nil = never. The audit trail tells of it.
func (a *App) SetThreshold(ctx context.Context, businessID string, threshold *int64) (models.Wallet, error) {
	told := map[string]any{}
	if threshold != nil {
		told["amount"] = *threshold
	}
	return a.Till.SetThreshold(ctx, businessID, threshold, func(tx *gorm.DB) error {
		return a.Trail.NoteWith(tx, audit.Event{BusinessID: businessID, Action: "wallet.threshold", Target: businessID, Detail: audit.Details(told)})
	})
}

// TellWarnings turns what the till has noted into events.
func (a *App) TellWarnings(ctx context.Context) error {
	_, err := a.Till.Warnings(ctx, func(tx *gorm.DB, w billing.Warning) error {
		terms, err := a.Keys.Terms(ctx, w.BusinessID)
		if err != nil {
			return err
		}
		return a.tellWarning(tx, w, terms)
	})
	return err
}

func (a *App) tellWarning(tx *gorm.DB, w billing.Warning, terms *access.Terms) error {
	body, err := json.Marshal(struct {
		Event string `json:"event"`
		Data  any    `json:"data"`
	}{w.Kind, views.WarningOf(w, terms.Business.Settings.Location())})
	if err != nil {
		return models.Fault(err)
	}
	e, err := a.Webhooks.Seal(webhooks.NewEvent{BusinessID: w.BusinessID, Type: w.Kind, Payload: body})
	if err != nil {
		return err
	}
	e.LookupID = e.ID // of no lookup, and each once
	return webhooks.Enqueue(tx, e)
}

// burnDays is how many days the present burn is taken from.
const burnDays = 7

// DaysLeft tells for how many days what is available lasts at what lookups have cost in the last seven days; nil where they cost nothing.
func (a *App) DaysLeft(ctx context.Context, businessID string, available int64) (*int64, error) {
	now := a.World.Now()
	spent, err := a.Lookups.Spent(ctx, businessID, now.Add(-burnDays*24*time.Hour), now)
	if err != nil || spent <= 0 {
		return nil, err
	}
	days := int64(float64(available) * burnDays / float64(spent))
	return &days, nil
}
