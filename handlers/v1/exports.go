package v1

import (
	"bufio"
	"context"
	"encoding/csv"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
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

func spanAsked(c *fiber.Ctx) (from, to time.Time, err error) {
	if from, err = edge.Moment(c.Queries(), "from"); err == nil {
		to, err = edge.Moment(c.Queries(), "to")
	}
	return from, to, err
}

// lookupExport gives lookups, the oldest first. What is personal in them takes the scope history too.
func (a *api) lookupExport(c *fiber.Ctx, who *access.Caller) (e export, err error) {
	f := lookup.Search{BusinessID: who.Business.ID, Sandbox: who.Key.Sandbox, Limit: exportPage, Oldest: true, Source: c.Query("source"), KeyID: c.Query("key")}
	if f.Status, err = edge.LookupStatus(c.Queries()); err != nil {
		return e, err
	}
	if f.From, f.To, err = spanAsked(c); err != nil {
		return e, err
	}
	personal, err := truth(c.Queries(), "personal")
	if err == nil && personal {
		err = who.May(access.ScopeHistory)
	}
	if err != nil {
		return e, err
	}
	return export{"lookups", views.LookupColumns(personal), func(ctx context.Context, after string) (rows []exported, next string, err error) {
		g := f
		g.After = after
		records, more, err := a.Lookups.List(ctx, g)
		edge.Withhold(who, records...)
		for _, r := range records {
			v := views.LookupRowOf(r, personal)
			rows = append(rows, exported{v, v.Cells(personal)})
			next = r.ID
		}
		if !more {
			next = ""
		}
		return rows, next, err
	}}, nil
}

// transferExport gives the wallet's transfers, the newest first.
func (a *api) transferExport(c *fiber.Ctx, who *access.Caller) (e export, err error) {
	p := billing.Page{BusinessID: who.Business.ID, Limit: exportPage}
	if p.From, p.To, err = spanAsked(c); err != nil {
		return e, err
	}
	return export{"transfers", views.TransferColumns(), func(ctx context.Context, after string) (rows []exported, next string, err error) {
		if who.Key.Sandbox {
			return nil, "", nil // no money ever moved
		}
		q := p
		if after != "" {
			if q.Before, err = strconv.ParseInt(after, 10, 64); err != nil {
				return nil, "", models.Fault(err)
			}
		}
		list, more, err := a.Till.Statement(ctx, q)
		for _, t := range list {
			v := views.TransferOf(t)
			rows = append(rows, exported{v, v.Cells()})
			next = v.Entry
		}
		if !more {
			next = ""
		}
		return rows, next, err
	}}, nil
}

// auditExport gives the audit trail, the newest first.
func (a *api) auditExport(_ *fiber.Ctx, who *access.Caller) (export, error) {
	return export{"audit", views.AuditColumns(), func(ctx context.Context, after string) (rows []exported, next string, err error) {
		before := int64(0)
		if after != "" {
			if before, err = strconv.ParseInt(after, 10, 64); err != nil {
				return nil, "", models.Fault(err)
			}
		}
		events, more, err := a.Trail.List(ctx, who.Business.ID, before, exportPage)
		for _, e := range events {
			v := views.AuditEventOf(e)
			rows = append(rows, exported{v, v.Cells()})
			next = strconv.FormatInt(e.Seq, 10)
		}
		if !more {
			next = ""
		}
		return rows, next, err
	}}, nil
}

// webhookExport gives the deliveries of webhooks, the newest first.
func (a *api) webhookExport(_ *fiber.Ctx, who *access.Caller) (export, error) {
	return export{"webhooks", views.DeliveryColumns(), func(ctx context.Context, after string) (rows []exported, next string, err error) {
		list, next, err := a.Webhooks.Deliveries(ctx, webhooks.Search{BusinessID: who.Business.ID, Cursor: after, Limit: 100})
		for _, d := range list {
			v := views.DeliveryOf(d)
			rows = append(rows, exported{v, v.Cells()})
		}
		return rows, next, err
	}}, nil
}
