package v1

import (
	"bufio"
	"context"
	"encoding/csv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/handlers/edge"
	"whoseline/models"
)

// export is rows that can be had as a file, to their end.
type export struct {
	name    string // of the file
	columns []string
	page    func(ctx context.Context, after string) (rows []exported, next string, err error) // next: empty on the last page
}

// exported is a row of a file, as JSON and as a line of a table.
type exported struct {
	view  any
	cells []string
}

// The bounds of an export.
const (
	exportPage     = 500
	exportPatience = 30 * time.Minute
	exportsAtOnce  = 2 // of a business, on a gateway
)

// send streams an export as JSON Lines or CSV. It is read while it is sent, so that what fails on the way can be told in the file only.
func (a *api) send(c *fiber.Ctx, e export) error {
	format := batches.Format(c.Query("format", string(batches.JSONLines)))
	if format != batches.CSV && format != batches.JSONLines {
		return models.BadField("format", "format must be csv or jsonl")
	}
	release, err := a.reserve(edge.CallerOf(c).Business.ID)
	if err != nil {
		return err
	}
	rows, next, err := e.page(c.UserContext(), "")
	if err != nil {
		release()
		return err
	}
	kind := "application/x-ndjson"
	if format == batches.CSV {
		kind = "text/csv; charset=utf-8"
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+e.name+`.`+string(format)+`"`)
	c.Context().SetBodyStreamWriter(func(to *bufio.Writer) {
		defer release()
		ctx, cancel := context.WithTimeout(context.Background(), exportPatience)
		defer cancel()
		out := sheet{to, csv.NewWriter(to), format}
		out.head(e.columns)
		for out.write(rows) && next != "" {
			if rows, next, err = e.page(ctx, next); err != nil {
				a.Log.Error("an export broke off", "export", e.name, "err", err)
				out.write([]exported{{map[string]string{"incomplete": "reading broke off, ask for it again"}, []string{"incomplete: reading broke off, ask for it again"}}})
				return
			}
		}
	})
	return nil
}

// reserve bounds how many exports a business has at once. The release must be called.
func (a *api) reserve(businessID string) (release func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.exporting[businessID] >= exportsAtOnce {
		return nil, &models.Error{Code: models.TooManyRequests, Message: "two exports are under way: wait for one of them", RetryAfter: 10 * time.Second}
	}
	a.exporting[businessID]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.exporting[businessID]--; a.exporting[businessID] == 0 {
			delete(a.exporting, businessID)
		}
	}, nil
}

// sheet writes rows in a format.
type sheet struct {
	to     *bufio.Writer
	table  *csv.Writer
	format batches.Format
}

func (s sheet) head(columns []string) {
	if s.format == batches.CSV {
		_ = s.table.Write(columns) // its error stays until the flush
	}
}

// write tells whether the caller is still there.
func (s sheet) write(rows []exported) bool {
	for _, r := range rows {
		if s.format == batches.CSV {
			_ = s.table.Write(r.cells)
		} else {
			_, _ = s.to.Write(append(edge.Encode(r.view), '\n'))
		}
	}
	s.table.Flush()
	return s.table.Error() == nil && s.to.Flush() == nil
}

// exportOf answers GET /v1/exports/:what. The audit trail tells what was asked for.
func (a *api) exportOf(c *fiber.Ctx) error {
	kinds := map[string]func(*fiber.Ctx, *access.Caller) (export, error){
		"lookups": a.lookupExport, "transfers": a.transferExport, "audit": a.auditExport, "webhooks": a.webhookExport,
	}
	make, known := kinds[c.Params("what")]
	if !known {
		return models.Fail(models.NotFound, "exports are lookups, transfers, audit and webhooks")
	}
	who := edge.CallerOf(c)
	if what := c.Params("what"); who.Key.Sandbox && what != "lookups" && what != "transfers" {
		return models.Fail(models.NotPermitted, "a sandbox key sees its own environment only: this export takes a live key")
	}
	e, err := make(c, who)
	if err != nil {
		return err
	}
	err = a.Trail.Note(c.UserContext(), audit.Event{
		BusinessID: who.Business.ID, Actor: "key " + who.Key.ID, Action: "export.read", Target: c.Params("what"),
		Detail: audit.Details(map[string]any{"from": c.Query("from"), "to": c.Query("to"), "status": c.Query("status"), "personal": c.Query("personal")}),
	})
	if err != nil {
		return err
	}
	return a.send(c, e)
}
