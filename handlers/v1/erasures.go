package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/views"
)

// erase answers POST /v1/erasures: the person behind a number is erased from the business's lookups, in the environment of
// the key. The trail names the key.
func (a *api) erase(c *fiber.Ctx) error {
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	phone, err := m.Number("phoneNumber")
	if err != nil {
		return err
	}
	who := edge.CallerOf(c)
	e := lookup.Erasure{BusinessID: who.Business.ID, Sandbox: who.Key.Sandbox, Phone: phone}
	if reason, given := m.Given("reason"); given {
		if e.Reason, err = edge.Bounded(reason, "reason", maxText); err != nil {
			return err
		}
	}
	done, err := a.Lookups.Erase(audit.By(c.UserContext(), "key "+who.Key.ID), e)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.ErasureOf(done))
}
