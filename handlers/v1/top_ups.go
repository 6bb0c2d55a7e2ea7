package v1

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/payments"
	"whoseline/views"
)

// liveMoney refuses sandbox keys, whose wallets are empty for ever.
func liveMoney(c *fiber.Ctx) error {
	if edge.CallerOf(c).Key.Sandbox {
		return models.Fail(models.NotPermitted, "a sandbox key has no money: top-ups take a live key")
	}
	return c.Next()
}

// startTopUp answers POST /v1/top-ups.
func (a *api) startTopUp(c *fiber.Ctx) error {
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	who := edge.CallerOf(c)
	o := payments.Order{BusinessID: who.Business.ID, KeyID: who.Key.ID, Token: c.Get("Idempotency-Key")}
	if len(o.Token) > maxText {
		return models.BadField("Idempotency-Key", "Idempotency-Key must be 1 to 200 characters")
	}
	amount, sent := m["amount"]
	if !sent {
		return models.BadField("amount", "amount is required")
	}
	if o.Amount, err = whole(amount, "amount"); err != nil {
		return err
	}
	for _, field := range []struct {
		name string
		into *string
	}{{"email", &o.Email}, {"returnUrl", &o.ReturnURL}} {
		if value, given := m.Given(field.name); given {
			if *field.into, err = edge.Bounded(value, field.name, maxURL); err != nil {
				return err
			}
		}
	}
	t, err := a.Payments.Start(c.UserContext(), o)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderLocation, root+"/top-ups/"+t.ID)
	return edge.Send(c, fiber.StatusCreated, edge.JSONType, edge.Encode(views.TopUpOf(t)))
}

// topUps answers GET /v1/top-ups, the newest first.
func (a *api) topUps(c *fiber.Ctx) error {
	limit, err := edge.PageLimit(c.Queries())
	if err != nil {
		return err
	}
	before, err := edge.Cursor(c.Queries())
	if err != nil {
		return err
	}
	list, more, err := a.Payments.List(c.UserContext(), edge.CallerOf(c).Business.ID, before, limit)
	if err != nil {
		return err
	}
	return edge.SendPage(c, limit, list, more, views.TopUpOf, func(t payments.TopUp) string { return edge.EncodeCursor(t.ID) })
}

// topUp answers GET /v1/top-ups/:id.
func (a *api) topUp(c *fiber.Ctx) error {
	t, err := a.topUpOf(c)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.TopUpOf(t))
}

// topUpReceipt answers GET /v1/top-ups/:id/receipt.
func (a *api) topUpReceipt(c *fiber.Ctx) error {
	t, err := a.topUpOf(c)
	if err != nil {
		return err
	}
	part, _ := strconv.Atoi(c.Query("part", "1")) // what is no number is no part
	p, err := a.Till.ProofOfTopUp(c.UserContext(), t.BusinessID, part, t.TransferReference)
	if err != nil {
		return err
	}
	return edge.Answer(c, p)
}

func (a *api) topUpOf(c *fiber.Ctx) (payments.TopUp, error) {
	id := c.Params("id")
	if !models.IsID(id) {
		return payments.TopUp{}, models.Fail(models.NotFound, "there is no such top-up")
	}
	return a.Payments.Get(c.UserContext(), edge.CallerOf(c).Business.ID, id)
}
