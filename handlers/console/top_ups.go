package console

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/payments"
)

// topUpRow is a payment into the wallet.
type topUpRow struct {
	payments.TopUp
	Tag  tag
	Page string // where it is paid; empty = not any more
}

// shownTopUps is how many payments the wallet page shows.
const shownTopUps = 5

var topUpTags = map[payments.State]tag{
	payments.Open: {"Open", "pending"}, payments.Paid: {"Paid", "good"}, payments.Failed: {"Failed", "bad"}, payments.Abandoned: {"Abandoned", "none"},
	payments.Review: {"Being looked at", "warn"}, payments.Reversed: {"Taken back", "bad"},
}

func (k *console) topUpRows(ctx context.Context, businessID string) (rows []topUpRow, err error) {
	list, _, err := k.Payments.List(ctx, businessID, "", shownTopUps)
	for _, t := range list {
		row := topUpRow{TopUp: t, Tag: topUpTags[t.State]}
		if t.State == payments.Open {
			row.Page = t.URL
		}
		rows = append(rows, row)
	}
	return rows, err
}

// startTopUp answers POST /console/wallet/top-ups. Whoever has signed in pays, on the vendor's page.
func (k *console) startTopUp(c *fiber.Ctx) error {
	who, form := signedIn(c), formOf(c)
	amount, err := nairaOf(form.Get("pay"), "pay")
	if err == nil && amount == nil {
		err = models.BadField("pay", "an amount is like 2500 or 2500.50")
	}
	if err == nil {
		_, err = k.Payments.Start(c.UserContext(), payments.Order{
			BusinessID: who.BusinessID, Amount: *amount, Email: who.Email, Token: "console " + who.ID + " " + form.Get("once"),
		})
	}
	if err != nil {
		return again(c, err, k.wallet)
	}
	return done(c, "/wallet", "top-up")
}

// topUpReceipt answers GET /console/wallet/top-ups/:id/receipt with a file that proves that the payment is in the books.
func (k *console) topUpReceipt(c *fiber.Ctx) error {
	id := c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "there is no such top-up")
	}
	t, err := k.Payments.Get(c.UserContext(), signedIn(c).BusinessID, id)
	if err != nil {
		return err
	}
	part, _ := strconv.Atoi(c.Query("part", "1")) // what is no number is no part
	p, err := k.Till.ProofOfTopUp(c.UserContext(), t.BusinessID, part, t.TransferReference)
	if err != nil {
		return err
	}
	guardPage(c)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="receipt-`+t.Reference+`.json"`)
	return edge.Answer(c, p)
}
