package handlers

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/lookup"
	"whoseline/models"
)

// maxCode is how many characters of a code are looked at.
const maxCode = 32

// confirm answers POST /v1/lookups/:id/confirm: the code that came to the looked-up number releases the answer, which is
// the same as reading the identity again.
func (a *api) confirm(c *fiber.Ctx) error {
	m, err := object(c.BodyRaw())
	if err != nil {
		return err
	}
	value, sent := m["code"]
	if !sent || value.Raw == `""` {
		return models.BadField("code", "code is required")
	}
	code, err := bounded(value, "code", maxCode)
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
	who := callerOf(c)
	withhold(who, r)
	c.Set(chargeHeader, models.NGN(r.Charged).String())
	a.balance(c, who)
	return send(c, fiber.StatusOK, jsonType, a.Identity(r, who.Business.ParentID))
}

type waitingView struct {
	LookupID  string  `json:"lookupId"`
	Status    string  `json:"status"`
	ExpiresAt instant `json:"expiresAt"`
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
	return answer(c, waitingView{r.ID, shownStatus(r.Status), instant(r.ExpiresAt)})
}

func answering(c *fiber.Ctx) (lookup.Answering, error) {
	who, id := callerOf(c), c.Params("id")
	if !models.IsID(id) {
		return lookup.Answering{}, models.Fail(models.NotFound, "lookup not found")
	}
	return lookup.Answering{BusinessID: who.Business.ID, Sandbox: who.Key.Sandbox, LookupID: id}, nil
}
