package app

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
)

// checkpointPublished is the event of which a business is told when the state of its wallet was signed.
const checkpointPublished = "checkpoint.published"

// Checkpoint signs the state of all wallets, tells the businesses that are in it, and the operator's trail of a new key. See billing.Till.Checkpoint.
func (a *App) Checkpoint(ctx context.Context, now, rotate bool) (*billing.Checkpoint, error) {
	return a.Till.Checkpoint(ctx, billing.CheckpointOrder{
		Now: now, Rotate: rotate, Told: a.tellCheckpoint,
		Turned: func(tx *gorm.DB, c billing.Checkpoint, next billing.CheckpointKey) error {
			return a.Trail.NoteWith(tx, audit.Event{
				BusinessID: access.OperatorTrail, Action: "checkpoint.key_rotated", Target: next.ID,
				Detail: audit.Details(map[string]any{"checkpoint": c.Number, "before": c.KeyID}),
			})
		},
	})
}

// signDaily is Checkpoint as a job.
func (a *App) signDaily(ctx context.Context) error {
	_, err := a.Checkpoint(audit.By(ctx, audit.Operator), false, false)
	return err
}

func (a *App) tellCheckpoint(tx *gorm.DB, c billing.Checkpoint, l billing.Leaf) error {
	body, err := json.Marshal(struct {
		Event string           `json:"event"`
		Data  views.Checkpoint `json:"data"`
	}{checkpointPublished, views.CheckpointOf(billing.Signed{Checkpoint: c, Leaf: l})})
	if err != nil {
		return models.Fault(err)
	}
	e, err := a.Webhooks.Seal(webhooks.NewEvent{BusinessID: l.BusinessID, Type: checkpointPublished, Payload: body})
	if err != nil {
		return err
	}
	e.LookupID = e.ID // of no lookup, and each once
	return webhooks.Enqueue(tx, e)
}
