package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/views"
)

// caps answers GET /v1/caps: those of the business and of the key that asks. The sandbox has none.
func (a *api) caps(c *fiber.Ctx) error {
	who, list := edge.CallerOf(c), []views.Cap{}
	if who.Key.Sandbox {
		return edge.Answer(c, capList{list})
	}
	caps, err := a.Till.Caps(c.UserContext(), who.Business.ID)
	if err != nil {
		return err
	}
	now, zone := a.World.Now(), who.Business.Settings.Location()
	for _, one := range caps {
		if one.Owner == "" || one.Owner == who.Key.ID {
			list = append(list, views.CapOf(one, now, zone))
		}
	}
	return edge.Answer(c, capList{list})
}

type capList struct {
	Items []views.Cap `json:"data"`
}
