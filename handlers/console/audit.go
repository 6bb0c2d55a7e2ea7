package console

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/models"
)

type auditView struct {
	Events []auditRow
	Next   string
}

type auditRow struct {
	audit.Event
	Who string
}

// audit answers GET /console/audit: who did what, newest first.
func (k *console) audit(c *fiber.Ctx) error {
	before := int64(0)
	if text := c.Query("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return models.BadField("before", "there is no such page")
		}
	}
	business := signedIn(c).BusinessID
	events, more, err := k.Trail.List(c.UserContext(), business, before, pageSize)
	if err != nil {
		return err
	}
	people, err := k.Users.List(c.UserContext(), business)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, p := range people {
		names[p.ID] = p.Name
	}
	var view auditView
	for _, e := range events {
		row := auditRow{e, names[e.Actor]}
		if row.Who == "" {
			row.Who = e.Actor
		}
		if row.Detail == "{}" {
			row.Detail = ""
		}
		view.Events = append(view.Events, row)
	}
	if more {
		view.Next = strconv.FormatInt(events[len(events)-1].Seq, 10)
	}
	return show(c, "audit", "Audit trail", view)
}
