package v1

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// statement answers GET /v1/statements/:month, with format=csv for spreadsheets. In the sandbox no money ever moved.
func (a *api) statement(c *fiber.Ctx) error {
	who := edge.CallerOf(c)
	from, to, err := billing.ParseMonth(c.Params("month"), who.Business.Settings.Location())
	if err != nil {
		return err
	}
	format := c.Query("format", "json")
	if format != "json" && format != "csv" {
		return models.BadField("format", "format must be json or csv")
	}
	m := billing.MonthStatement{BusinessID: who.Business.ID, From: from, To: to, Provisional: a.World.Now().Before(to)}
	if !who.Key.Sandbox {
		if m, err = a.Till.Month(c.UserContext(), who.Business.ID, from, to); err != nil {
			return err
		}
	}
	if format == "json" {
		return edge.Answer(c, views.MonthOf(m))
	}
	var text bytes.Buffer
	if err := m.WriteCSV(&text); err != nil {
		return models.Fault(err)
	}
	return edge.Send(c, fiber.StatusOK, "text/csv; charset=utf-8", text.Bytes())
}
