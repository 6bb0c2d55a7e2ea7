package console

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/models"
)

type walletPage struct {
	Available, Held, Total int64
	From, To               string // of the download
	Month                  string // that is under way
	MaxDays, MaxRows       int64
	Days                   []group[transferRow]
	Newer                  bool
	Next, Span             string
	Limits                 limitsView
}

type transferRow struct {
	models.Transfer
	What  string
	Moved int64 // with its sign, what can be spent changes by
	Held  bool  // it is set aside, and may come back
	Link  bool  // it paid for a lookup
}

// wallet answers GET /console/wallet.
func (k *console) wallet(c *fiber.Ctx) error {
	p := billing.Page{BusinessID: signedIn(c).BusinessID, Limit: pageSize}
	if text := c.Query("before"); text != "" {
		var err error
		if p.Before, err = strconv.ParseInt(text, 10, 64); err != nil || p.Before < 1 {
			return models.BadField("before", "there is no such page")
		}
	}
	w, err := k.Till.Wallet(c.UserContext(), p.BusinessID)
	if err != nil {
		return err
	}
	moved, more, err := k.Till.Statement(c.UserContext(), p)
	if err != nil {
		return err
	}
	rows, err := k.transferRows(c.UserContext(), p.BusinessID, moved)
	if err != nil {
		return err
	}
	today := k.World.Now().In(zone(c))
	view := walletPage{
		Available: w.Available, Held: w.Held, Total: w.Available + w.Held, MaxDays: maxStatementDays, MaxRows: maxStatementRows,
		From: today.AddDate(0, 0, -30).Format(time.DateOnly), To: today.Format(time.DateOnly), Month: today.Format(monthForm), Newer: p.Before > 0,
		Days: byDay(zone(c), rows, func(r transferRow) time.Time { return r.CreatedAt }),
	}
	if len(moved) > 0 {
		view.Span = spanned(zone(c), moved[0].CreatedAt, moved[len(moved)-1].CreatedAt)
	}
	if more {
		view.Next = strconv.FormatInt(moved[len(moved)-1].Seq, 10)
	}
	if view.Limits, err = k.limits(c.UserContext(), c, w); err != nil {
		return err
	}
	return show(c, "wallet", "Wallet", view)
}

// transferRows tells which transfers were for lookups: others paid for messages, whose ids look the same.
func (k *console) transferRows(ctx context.Context, businessID string, transfers []models.Transfer) (rows []transferRow, err error) {
	ids := make([]string, len(transfers))
	for i, t := range transfers {
		ids[i] = t.Reference
	}
	lookups, err := k.Lookups.Among(ctx, businessID, ids)
	if err != nil {
		return nil, err
	}
	for _, t := range transfers {
		row := transferRow{Transfer: t, What: transferWords[t.Kind], Moved: moved(t), Held: t.Kind == models.Hold}
		row.Link = t.Kind != models.TopUp && t.Kind != models.Adjustment && lookups[t.Reference]
		if row.What == "" {
			row.What = plain(string(t.Kind))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// transferWords say why money moved. A kind that is not among them is shown by its own name.
var transferWords = map[models.TransferKind]string{
	models.TopUp: "Top-up", models.Hold: "Held for", models.Capture: "Charged for", models.Release: "Given back for",
	models.Refund: "Refunded for", models.Adjustment: "Put right",
}

// moved is by how much a transfer changes what can be spent. What was held is gone already when it is captured.
func moved(t models.Transfer) int64 {
	switch models.Available {
	case t.Credit:
		return t.Amount
	case t.Debit:
		return -t.Amount
	default:
		return 0
	}
}
