package app

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/handlers/youverify"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
)

// batchCompleted is the event of which a business is told when every row of a batch has ended.
const batchCompleted = "batch.completed"

func (a *App) buildBatches() {
	c := a.Config.Batches
	a.Batches = batches.New(batches.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, World: a.World, Vault: a.Keyring, Asker: asker{a}, Rate: c.Rate, Abreast: c.Abreast, Keep: c.Keep,
		Made: a.noteBatch, Told: a.tellBatch, Log: a.log,
	})
}

// noteBatch notes in the business's trail that a batch was made.
func (a *App) noteBatch(tx *gorm.DB, b batches.Batch) error {
	return a.Trail.NoteWith(tx, audit.Event{
		BusinessID: b.BusinessID, Action: "batch.created", Target: b.ID, Detail: audit.Details(map[string]any{"rows": b.Rows, "key": b.KeyID}),
	})
}

func (a *App) tellBatch(tx *gorm.DB, b batches.Batch) error {
	body, err := json.Marshal(struct {
		Event string      `json:"event"`
		Data  views.Batch `json:"data"`
	}{batchCompleted, views.BatchOf(b, a.Config.Batches.Keep)})
	if err != nil {
		return models.Fault(err)
	}
	e, err := a.Webhooks.Seal(webhooks.NewEvent{BusinessID: b.BusinessID, Type: batchCompleted, Sandbox: b.Sandbox, Payload: body})
	if err != nil {
		return err
	}
	e.LookupID = e.ID // of no lookup, and each once
	return webhooks.Enqueue(tx, e)
}

// asker looks the rows of batches up, as a single lookup of the same body is.
type asker struct{ app *App }

// Check reads a row. Errors: models.Invalid.
func (k asker) Check(body []byte, sandbox bool) ([]byte, error) {
	q, err := youverify.Read(body)
	if err == nil && q.Consent.Refusal != "" {
		err = models.BadField("isSubjectConsent", q.Consent.Refusal)
	}
	if err != nil {
		return nil, err
	}
	return k.app.Lookups.NumberIndex(q.Phone, sandbox), nil
}

// holder gives whom a batch asks for. That a business is suspended pauses its batches, as the end of their key does.
func (k asker) holder(ctx context.Context, b batches.Batch) (*access.Caller, error) {
	who, err := k.app.Keys.Holder(ctx, b.BusinessID, b.KeyID)
	if models.CodeOf(err) == models.NotPermitted {
		return nil, models.Fail(models.Unauthorized, "the business is suspended")
	}
	return who, err
}

// Most is the price of the dearest answer.
func (k asker) Most(ctx context.Context, b batches.Batch) (int64, error) {
	who, err := k.holder(ctx, b)
	if err != nil || b.Sandbox {
		return 0, err
	}
	prices := who.Prices()
	return max(prices.Max(false), prices.Max(true)), nil
}

// rowKeyLife is how long a row's idempotency key is kept: longer than any gateway leaves a row half asked.
const rowKeyLife = 7 * 24 * time.Hour

// batchScope tells the idempotency keys of rows from those of callers.
const batchScope = "batch"

// Ask looks a row up.
func (k asker) Ask(ctx context.Context, b batches.Batch, key string, body []byte) (said batches.Answer, err error) {
	who, err := k.holder(ctx, b)
	if err != nil {
		return said, err
	}
	q, err := youverify.Read(body)
	if err != nil {
		return said, err
	}
	if err := youverify.Complete(&q, who); err != nil {
		return said, err
	}
	q.At, q.Scope, q.IdempotencyKey, q.KeyLife = k.app.World.Now(), batchScope, key, rowKeyLife
	q.Render = func(r *lookup.Record) []byte {
		text, _ := json.Marshal(batches.Answer{LookupID: r.ID, Status: r.Status, Held: r.Held, Charged: r.Charged}) // it always can be written
		return text
	}
	result, err := k.app.Lookups.Find(ctx, q)
	if err != nil {
		return said, err
	}
	return said, json.Unmarshal(result.Body, &said)
}

// Outcomes gives what became of lookups.
func (k asker) Outcomes(ctx context.Context, businessID string, ids []string) (map[string]batches.Answer, error) {
	known, err := k.app.Lookups.Outcomes(ctx, businessID, ids)
	all := make(map[string]batches.Answer, len(known))
	for id, o := range known {
		all[id] = batches.Answer{LookupID: id, Status: o.Status, Held: o.Held, Charged: o.Charged}
	}
	return all, err
}

// BatchRows reads rows of a batch behind a number, with as much of what their lookups say as the business is given.
func (a *App) BatchRows(
	ctx context.Context, b batches.Batch, release models.Disclosure, after int64, limit int,
) (shown []views.BatchRow, err error) {
	rows, err := a.Batches.Page(ctx, b, after, limit)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range rows {
		if r.LookupID != "" {
			ids = append(ids, r.LookupID)
		}
	}
	records := map[string]*lookup.Record{}
	if len(ids) > 0 {
		if records, err = a.Lookups.Records(ctx, b.BusinessID, ids); err != nil {
			return nil, err
		}
	}
	for _, r := range rows {
		l := records[r.LookupID]
		if l != nil && release.Withholds() {
			l.Withhold()
		}
		shown = append(shown, views.BatchRowOf(r, l))
	}
	return shown, nil
}
