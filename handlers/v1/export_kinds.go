package v1

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
)

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
