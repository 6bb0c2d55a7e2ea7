package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// lookup answers GET /v1/lookups/:id, free of charge.
func (a *api) lookup(c *fiber.Ctx) error {
	who, id := edge.CallerOf(c), c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "lookup not found")
	}
	r, err := a.Lookups.Get(c.UserContext(), who.Business.ID, who.Key.Sandbox, id)
	if err != nil {
		return err
	}
	edge.Withhold(who, r)
	return edge.Answer(c, views.LookupOf(r, who.Settings.Release))
}
