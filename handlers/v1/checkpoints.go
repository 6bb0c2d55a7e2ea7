package v1

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// checkpoints answers GET /v1/checkpoints. The sandbox has no money, and so none.
func (a *api) checkpoints(c *fiber.Ctx) error {
	query := c.Queries()
	limit, err := edge.PageLimit(query)
	if err != nil {
		return err
	}
	before := int64(0)
	if text := query["cursor"]; text != "" {
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return models.BadField("cursor", "cursor is not valid")
		}
	}
	who := edge.CallerOf(c)
	if who.Key.Sandbox {
		return edge.Answer(c, edge.Page[views.Checkpoint](nil, limit, ""))
	}
	list, more, err := a.Till.Checkpoints(c.UserContext(), who.Business.ID, before, limit)
	if err != nil {
		return err
	}
	return edge.SendPage(c, limit, list, more, views.CheckpointOf, func(s billing.Signed) string { return strconv.FormatInt(s.Number, 10) })
}

// receipt answers GET /v1/lookups/:id/receipt.
func (a *api) receipt(c *fiber.Ctx) error {
	who, id := edge.CallerOf(c), c.Params("id")
	if !models.IsID(id) || who.Key.Sandbox {
		return models.Fail(models.NotFound, "no money was settled for it")
	}
	p, err := a.Till.ProofFor(c.UserContext(), who.Business.ID, id)
	if err != nil {
		return err
	}
	return edge.Answer(c, p)
}
