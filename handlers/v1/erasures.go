package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
)

func (a *api) routeErasures(own fiber.Router, door fiber.Handler) {
	own.Post("/erasures", door, edge.JSONBody, a.erase)
	own.Get("/erasures", door, a.erasures)
	own.Get("/erasures/:id", door, a.erasure)
}

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
	if !done.GoesOn {
		return edge.Answer(c, views.ErasureOf(done))
	}
	r, err := a.Lookups.Erasing(c.UserContext(), done.BusinessID, done.Sandbox, done.ID)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderLocation, root+"/erasures/"+r.ID)
	return edge.Send(c, fiber.StatusAccepted, edge.JSONType, edge.Encode(views.ErasingOf(r)))
}

// erasures answers GET /v1/erasures, the newest first.
func (a *api) erasures(c *fiber.Ctx) error {
	limit, err := edge.PageLimit(c.Queries())
	if err != nil {
		return err
	}
	before, err := edge.Cursor(c.Queries())
	if err != nil {
		return err
	}
	who := edge.CallerOf(c)
	list, more, err := a.Lookups.Erasures(c.UserContext(), lookup.Erasure{BusinessID: who.Business.ID, Sandbox: who.Key.Sandbox}, before, limit)
	if err != nil {
		return err
	}
	return edge.SendPage(c, limit, list, more, views.ErasingOf, func(r lookup.Erasing) string { return edge.EncodeCursor(r.ID) })
}

// erasure answers GET /v1/erasures/{id}.
func (a *api) erasure(c *fiber.Ctx) error {
	who, id := edge.CallerOf(c), c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "there is no such erasure")
	}
	r, err := a.Lookups.Erasing(c.UserContext(), who.Business.ID, who.Key.Sandbox, id)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.ErasingOf(r))
}
