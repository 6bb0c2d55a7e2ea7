package v1

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/batches"
	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// maxFile is how many bytes a file of numbers may have. The operator's limit of a body is usually less.
const maxFile = 32 << 20

// fileFormats are the media types of files.
var fileFormats = map[string]batches.Format{
	"text/csv": batches.CSV, "application/x-ndjson": batches.JSONLines, "application/jsonl": batches.JSONLines,
	"application/jsonlines": batches.JSONLines,
}

func (a *api) routeBatches(own fiber.Router) {
	door := a.Door(credential, access.ScopeBatches)
	own.Get("/batches", door, a.batches)
	own.Post("/batches", door, a.makeBatch)
	own.Get("/batches/:id", door, a.batch)
	own.Get("/batches/:id/result", door, a.batchResult)
	own.Post("/batches/:id/pause", door, a.turnBatch(a.Batches.Pause))
	own.Post("/batches/:id/resume", door, a.turnBatch(a.Batches.Resume))
	own.Post("/batches/:id/stop", door, a.turnBatch(a.Batches.Stop))
}

// fileBody reads a file, and tells how it is written.
func fileBody(c *fiber.Ctx) (batches.Format, error) {
	kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	format := fileFormats[strings.TrimSpace(kind)]
	if encoded := c.Get(fiber.HeaderContentEncoding); format == "" || encoded != "" && !strings.EqualFold(encoded, "identity") {
		return "", models.Fail(models.UnsupportedMediaType, "the body must be text/csv or application/x-ndjson")
	}
	return format, edge.ReadBody(c, maxFile)
}

// makeBatch answers POST /v1/batches.
func (a *api) makeBatch(c *fiber.Ctx) (err error) {
	who, query := edge.CallerOf(c), c.Queries()
	o := batches.Order{BusinessID: who.Business.ID, KeyID: who.Key.ID, Sandbox: who.Key.Sandbox, Name: query["name"]}
	if o.Format, err = fileBody(c); err != nil {
		return err
	}
	o.File, o.Statement.Purpose, o.Token = c.BodyRaw(), query["purpose"], c.Get("Idempotency-Key")
	if len(o.Token) > maxText {
		return models.BadField("Idempotency-Key", "Idempotency-Key must be 1 to 200 characters")
	}
	if o.Statement.Consent, err = truth(query, "isSubjectConsent"); err != nil {
		return err
	}
	if o.Dry, err = truth(query, "dryRun"); err != nil {
		return err
	}
	if text, given := query["budget"]; given {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return models.BadField("budget", "budget must be a whole number of kobo")
		}
		o.Budget = &n
	}
	b, err := a.Batches.Create(c.UserContext(), o)
	if err != nil {
		return err
	}
	quote, err := a.quoteOf(c, b.Rows)
	if err != nil {
		return err
	}
	if o.Dry {
		return edge.Answer(c, plannedBatch{b.Rows, quote})
	}
	c.Set(fiber.HeaderLocation, root+"/batches/"+b.ID)
	return edge.Send(c, fiber.StatusCreated, edge.JSONType, edge.Encode(madeBatch{views.BatchOf(b, a.KeepBatches), quote}))
}

// plannedBatch is what a file would come to.
type plannedBatch struct {
	Rows  int64       `json:"rows"`
	Quote views.Quote `json:"quote"`
}

type madeBatch struct {
	views.Batch
	Quote views.Quote `json:"quote"`
}

// quoteOf says what rows would cost at most, as the dearer product.
func (a *api) quoteOf(c *fiber.Ctx, rows int64) (views.Quote, error) {
	who := edge.CallerOf(c)
	list, err := a.Businesses.PriceList(c.UserContext(), who.Business.ID)
	if err != nil {
		return views.Quote{}, err
	}
	product := billing.Phone
	if p := who.Prices(); p.Max(true) > p.Max(false) {
		product = billing.PhoneAdvanced
	}
	q, err := list.Quote(product, max(rows, 1))
	if err != nil || who.Key.Sandbox {
		return views.QuoteOf(q, 0, true, false), err
	}
	return a.against(c, q)
}

// truth reads a boolean of the query.
func truth(query map[string]string, name string) (bool, error) {
	switch query[name] {
	case "":
		return false, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, models.BadField(name, name+" must be true or false")
}

// batches answers GET /v1/batches, the newest first.
func (a *api) batches(c *fiber.Ctx) error {
	limit, err := edge.PageLimit(c.Queries())
	if err != nil {
		return err
	}
	before, err := edge.Cursor(c.Queries())
	if err != nil {
		return err
	}
	who := edge.CallerOf(c)
	list, more, err := a.Batches.List(c.UserContext(), who.Business.ID, who.Key.Sandbox, before, limit)
	if err != nil {
		return err
	}
	view := func(b batches.Batch) views.Batch { return views.BatchOf(b, a.KeepBatches) }
	return edge.SendPage(c, limit, list, more, view, func(b batches.Batch) string { return edge.EncodeCursor(b.ID) })
}

// ownBatch finds a batch of the business, in the key's environment.
func (a *api) ownBatch(c *fiber.Ctx) (batches.Batch, error) {
	who, id := edge.CallerOf(c), c.Params("id")
	if !models.IsID(id) {
		return batches.Batch{}, models.Fail(models.NotFound, "there is no such batch")
	}
	b, err := a.Batches.Get(c.UserContext(), who.Business.ID, id)
	if err == nil && b.Sandbox != who.Key.Sandbox {
		return b, models.Fail(models.NotFound, "there is no such batch")
	}
	return b, err
}

// batch answers GET /v1/batches/:id.
func (a *api) batch(c *fiber.Ctx) error {
	b, err := a.ownBatch(c)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.BatchOf(b, a.KeepBatches))
}

// turnBatch answers POST /v1/batches/:id/pause and its like.
func (a *api) turnBatch(turn batches.Turn) fiber.Handler {
	return func(c *fiber.Ctx) error {
		b, err := a.ownBatch(c)
		if err != nil {
			return err
		}
		if err := turn(c.UserContext(), b.BusinessID, b.ID); err != nil {
			return err
		}
		return a.batch(c)
	}
}
