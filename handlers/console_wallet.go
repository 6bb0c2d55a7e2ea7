package handlers

import (
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
	Transfers        []models.Transfer
	Next             string
}

// wallet answers GET /console/wallet.
func (k *console) wallet(c *fiber.Ctx) error {
	p := billing.Page{BusinessID: signedIn(c).BusinessID, Limit: consolePage}
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
		Available: w.Available, Held: w.Held, MaxDays: maxStatementDays, MaxRows: maxStatementRows, Transfers: rows,
		From: today.AddDate(0, 0, -30).Format(time.DateOnly), To: today.Format(time.DateOnly),
	}
	if more {
		view.Next = strconv.FormatInt(rows[len(rows)-1].Seq, 10)
	}
	return show(c, "wallet", "Wallet", view)
}
