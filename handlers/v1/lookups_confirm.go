package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
)

// maxCode is how many characters of a code are looked at.
const maxCode = 32

// confirm answers POST /v1/lookups/:id/confirm. The code that came to the looked-up number releases the answer. The
// answer is that of reading the identity again.
func (a *api) confirm(c *fiber.Ctx) error {
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	value, sent := m["code"]
	if !sent || value.Raw == `""` {
		return models.BadField("code", "code is required")
	}
	code, err := edge.Bounded(value, "code", maxCode)
	if err != nil {
		return err
	}
	named, err := answering(c)
	if err != nil {
		return err
	}
	r, err := a.Lookups.Confirm(c.UserContext(), named, code)
	if err != nil {
		return err
	}
	who := edge.CallerOf(c)
	edge.Withhold(who, r)
	c.Set(edge.ChargeHeader, models.NGN(r.Charged).String())
	a.WriteBalance(c, who)
	return edge.Send(c, fiber.StatusOK, edge.JSONType, a.Identity(r, who.Business.ParentID))
}

// resend answers POST /v1/lookups/:id/resend: the code goes to the number again.
func (a *api) resend(c *fiber.Ctx) error {
	named, err := answering(c)
	if err != nil {
		return err
	}
	r, err := a.Lookups.Resend(c.UserContext(), named)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.WaitingOf(r))
}

func answering(c *fiber.Ctx) (lookup.Answering, error) {
	who, id := edge.CallerOf(c), c.Params("id")
	if !models.IsID(id) {
		return lookup.Answering{}, models.Fail(models.NotFound, "lookup not found")
	}
	return lookup.Answering{BusinessID: who.Business.ID, Sandbox: who.Key.Sandbox, LookupID: id, Messages: who.Messages()}, nil
}
