package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/batches"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
)

// witness has the audit trail keep evidence of erasures, and tells businesses of those that went on in the background.
type witness struct{ app *App }

// evidence is the detail of an erasure's event. The number stands as a keyed hash: with the number, and only then, it can
// be shown that it was this one that was erased.
type evidence struct {
	Cause        lookup.ErasureCause `json:"cause"`
	Reason       string              `json:"reason,omitempty"`
	Environment  string              `json:"environment,omitempty"`
	Number       string              `json:"number,omitempty"`
	Lookups      int64               `json:"lookups"`
	PendingEnded int64               `json:"pendingEnded"`
}

// lookupErased is the action of such an event, erasureCompleted that of the end of an erasure that went on in the background, and the
// type of the webhook. The target is the erasure.
const (
	lookupErased     = "lookup.erased"
	erasureCompleted = "erasure.completed"
)

// Note adds the event.
func (w witness) Note(tx *gorm.DB, e lookup.Erased) error {
	said := evidence{Cause: e.Cause, Reason: e.Reason, Number: hex.EncodeToString(e.NumberIndex), Lookups: e.Lookups, PendingEnded: e.PendingEnded}
	if e.Cause == lookup.ErasedOnRequest {
		said.Environment = environment(e.Sandbox)
	}
	detail, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("write the evidence of an erasure: %w", err)
	}
	if len(e.NumberIndex) > 0 && !e.Later() { // rows that came later are not erased
		if err := batches.EraseNumber(tx, e.BusinessID, e.NumberIndex); err != nil {
			return err
		}
	}
	return w.app.Trail.NoteWith(tx, audit.Event{
		BusinessID: e.BusinessID, At: e.At, Action: lookupErased, Target: e.ID, Detail: string(detail),
	})
}

// Ended notes that nothing is left of a person, and tells the business.
func (w witness) Ended(tx *gorm.DB, r lookup.Erasing) error {
	err := w.app.Trail.NoteWith(tx, audit.Event{
		BusinessID: r.BusinessID, At: r.EndedAt, Action: erasureCompleted, Target: r.ID,
		Detail: audit.Details(map[string]any{"lookups": r.Erased, "pendingEnded": r.PendingEnded, "environment": environment(r.Sandbox)}),
	})
	if err != nil {
		return err
	}
	body, err := json.Marshal(struct {
		Event string                `json:"event"`
		Data  views.ErasureProgress `json:"data"`
	}{erasureCompleted, views.ErasingOf(r)})
	if err != nil {
		return models.Fault(err)
	}
	e, err := w.app.Webhooks.Seal(webhooks.NewEvent{BusinessID: r.BusinessID, Type: erasureCompleted, Sandbox: r.Sandbox, Payload: body})
	if err != nil {
		return err
	}
	e.LookupID = e.ID // of no lookup, and each once
	return webhooks.Enqueue(tx, e)
}

// eraseMore goes on with erasures of many lookups.
func (a *App) eraseMore(ctx context.Context) error {
	return a.Lookups.EraseMore(audit.By(ctx, audit.Erasure), func(lookup.Erasing) {})
}

// EraseKept erases the people from all lookups that have been kept for as long as their business, or else the operator,
// wants, and gives how many there were. It may run in every gateway at once. One business whose lookups cannot be erased
// does not keep the others from it.
func (a *App) EraseKept(ctx context.Context) (erased int64, failed error) {
	ctx = audit.By(ctx, audit.Retention)
	now := a.World.Now()
	for after := ""; ; {
		list, next, err := a.Businesses.List(ctx, models.Page{After: after, Limit: 100})
		if err != nil {
			return erased, err
		}
		for _, b := range list {
			keep := a.Operator.For(b.Settings).Retention
			if keep == 0 {
				continue
			}
			n, err := a.Lookups.EraseBefore(ctx, b.ID, now.Add(-keep))
			if erased += n; err != nil && failed == nil { // the first one is enough to look into
				failed = fmt.Errorf("business %s: %w", b.ID, err)
			}
		}
		if after = next; next == "" {
			return erased, failed
		}
	}
}

func environment(sandbox bool) string {
	if sandbox {
		return "sandbox"
	}
	return "live"
}
