package console

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/batches"
	"whoseline/handlers/edge"
	"whoseline/models"
)

type batchesView struct {
	Batches []batchRow
	Keys    []ownerRow // in whose name a file may be asked
	Form    url.Values
	Lines   []models.LineFault // of a file that was refused
	More    int64              // lines that are at fault besides
	Checked string             // what a file would come to
}

type batchRow struct {
	batches.Batch
	Tag               tag
	Words             string // what it waits for
	Percent           int64
	Pausable, Resumes bool
}

// shownBatches is how many batches the page shows.
const shownBatches = 20

var batchTags = map[batches.State]tag{
	batches.Loading: {"Being stored", "pending"}, batches.Running: {"Running", "pending"}, batches.Paused: {"Paused", "warn"},
	batches.Stopped: {"Stopped", "none"}, batches.Done: {"Done", "good"},
}

// whyWords say what a batch waits for.
var whyWords = map[string]string{
	"insufficient_funds": "The wallet has too little: have it topped up, then resume.", "spend_cap_reached": "A cap is reached: resume when its day or month is over.",
	"budget_reached": "The next row might cost more than is left of the budget.", "unauthorized": "The key has ended, or the business is suspended.",
	"sources_unavailable": "No source answers: the rows are asked again.", "pending": "Answers are to come.",
}

// Others are the rows that ended in another way, or are pending.
func (b batchRow) Others() int64 { return b.Failed + b.Pending + b.Refused + b.Erased }

func batchRowOf(b batches.Batch) batchRow {
	return batchRow{
		Batch: b, Tag: batchTags[b.State], Words: whyWords[b.Why], Percent: (b.Rows - b.Waiting()) * 100 / max(b.Rows, 1),
		Pausable: b.State == batches.Running, Resumes: b.State == batches.Paused,
	}
}

// batches answers GET /console/batches.
func (k *console) batches(c *fiber.Ctx) error { return k.showBatches(c, batchesView{}) }

func (k *console) showBatches(c *fiber.Ctx, view batchesView) error {
	who, ctx := signedIn(c), c.UserContext()
	view.Form = formOf(c)
	running := false
	for _, sandbox := range []bool{false, true} {
		list, _, err := k.Batches.List(ctx, who.BusinessID, sandbox, "", shownBatches)
		if err != nil {
			return err
		}
		for _, b := range list {
			running = running || b.State == batches.Running
			view.Batches = append(view.Batches, batchRowOf(b))
		}
	}
	keys, _, err := k.Keys.List(ctx, who.BusinessID, models.Page{Limit: maxNamedKeys})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.Usable(k.World.Now()) {
			view.Keys = append(view.Keys, ownerRow{key.ID, key.Name + map[bool]string{true: " (sandbox)"}[key.Sandbox]})
		}
	}
	if running && c.Method() == fiber.MethodGet {
		c.Set("Refresh", "5")
	}
	return show(c, "batches", "Batches", view)
}

// maxUpload is how many bytes a file of numbers may have here. The operator's limit of a body may be less.
const maxUpload = 32 << 20

const uploadKey = "upload"

// uploaded lets in a form with a file that a page of ours sent.
func (k *console) uploaded(c *fiber.Ctx) error {
	kind, with, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != "multipart/form-data" {
		return models.Fail(models.UnsupportedMediaType, "the body must be a form with a file")
	}
	if err := edge.ReadBody(c, maxUpload); err != nil {
		return err
	}
	form, file, err := readUpload(multipart.NewReader(bytes.NewReader(c.BodyRaw()), with["boundary"]))
	if err != nil {
		return models.Fail(models.Invalid, "the form cannot be read")
	}
	c.Locals(formKey, form)
	c.Locals(uploadKey, file)
	return c.Next()
}

// upload is a file that was sent.
type upload struct {
	name string
	data []byte
}

// maxPart is how many bytes a field may have.
const maxPart = 4 << 10

func readUpload(in *multipart.Reader) (form url.Values, file upload, err error) {
	form = url.Values{}
	for range maxFields {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			return form, file, nil
		}
		if err != nil {
			return nil, file, err
		}
		limit := int64(maxPart)
		if part.FileName() != "" {
			limit = maxUpload
		}
		data, err := io.ReadAll(io.LimitReader(part, limit+1))
		switch {
		case err != nil || int64(len(data)) > limit || !plainText(part.FormName()):
			return nil, file, errors.Join(err, errors.New("a field is too long"))
		case part.FileName() != "":
			file = upload{part.FileName(), data}
		case plainText(string(data)):
			form.Set(part.FormName(), string(data))
		}
	}
	return nil, file, errors.New("too many fields")
}

// makeBatch answers POST /console/batches: a file is checked, or checked and asked.
func (k *console) makeBatch(c *fiber.Ctx) error {
	who, form := signedIn(c), formOf(c)
	file, _ := c.Locals(uploadKey).(upload)
	key, err := k.Keys.Find(c.UserContext(), who.BusinessID, form.Get("key"))
	if err != nil {
		return again(c, models.BadField("key", "choose a key"), k.batches)
	}
	o := batches.Order{
		BusinessID: who.BusinessID, KeyID: key.ID, Sandbox: key.Sandbox, Name: form.Get("name"), Format: batches.CSV, File: file.data,
		Statement: batches.Statement{Consent: form.Get("consent") == "yes", Purpose: form.Get("purpose")}, Dry: form.Get("do") == "check",
		Token: "console " + who.ID + " " + form.Get("once"),
	}
	if strings.HasSuffix(strings.ToLower(file.name), "jsonl") {
		o.Format = batches.JSONLines
	}
	if o.Budget, err = nairaOf(form.Get("budget"), "budget"); err != nil {
		return again(c, err, k.batches)
	}
	b, err := k.Batches.Create(c.UserContext(), o)
	if told := (*models.Error)(nil); errors.As(err, &told) && told.Faults > 0 {
		return again(c, err, func(c *fiber.Ctx) error {
			return k.showBatches(c, batchesView{Lines: told.Lines, More: int64(told.Faults - len(told.Lines))})
		})
	}
	switch {
	case err != nil:
		return again(c, err, k.batches)
	case o.Dry:
		return k.checkedBatch(c, b)
	}
	return done(c, "/batches", "batch")
}

// checkedBatch shows what a good file would cost at most.
func (k *console) checkedBatch(c *fiber.Ctx, b batches.Batch) error {
	words := count(b.Rows) + " rows, and no line is bad. The sandbox costs nothing."
	if !b.Sandbox {
		prices, err := k.Businesses.Pays(c.UserContext(), b.BusinessID)
		if err != nil {
			return err
		}
		words = count(b.Rows) + " rows, and no line is bad. They cost at most " + naira(b.Rows*max(prices.Max(false), prices.Max(true))) + "."
	}
	return k.showBatches(c, batchesView{Checked: words})
}

// turnBatch answers POST /console/batches/:id/pause and its like.
func (k *console) turnBatch(turn batches.Turn) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id := c.Params("id")
		if !models.IsID(id) {
			return models.Fail(models.NotFound, "there is no such batch")
		}
		if err := turn(c.UserContext(), signedIn(c).BusinessID, id); err != nil {
			return again(c, err, k.batches)
		}
		return done(c, "/batches", "batch-turned")
	}
}
