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
	Available, Held  int64
	From, To         string // of the download
	MaxDays, MaxRows int
	Transfers        []transferRow
	Next             string
}

type transferRow struct {
	models.Transfer
	Link bool // it paid for a lookup
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
	rows, more, err := k.Till.Statement(c.UserContext(), p)
	if err != nil {
		return err
	}
	today := k.World.Now().UTC()
	view := walletPage{
		Available: w.Available, Held: w.Held, MaxDays: maxStatementDays, MaxRows: maxStatementRows,
		From: today.AddDate(0, 0, -30).Format(time.DateOnly), To: today.Format(time.DateOnly),
	}
	if view.Transfers, err = k.transferRows(c.UserContext(), p.BusinessID, rows); err != nil {
		return err
	}
	if more {
		view.Next = strconv.FormatInt(rows[len(rows)-1].Seq, 10)
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
		rows = append(rows, transferRow{t, t.Kind != models.TopUp && t.Kind != models.Adjustment && lookups[t.Reference]})
	}
	return rows, nil
}
