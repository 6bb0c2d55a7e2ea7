package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/views"
)

// maxTemplate is in bytes. It is more than a template that fits into one message can have.
const maxTemplate = 1000

// templates answers GET /v1/templates: a business's own words, by language.
func (a *api) templates(c *fiber.Ctx) error {
	list, err := a.Possession.Templates(c.UserContext(), edge.CallerOf(c).Business.ID)
	if err != nil {
		return err
	}
	shown := []views.Template{}
	for _, t := range list {
		shown = append(shown, views.TemplateOf(t))
	}
	return edge.Answer(c, map[string][]views.Template{"data": shown})
}

// template answers GET /v1/templates/:language.
func (a *api) template(c *fiber.Ctx) error {
	t, err := a.Possession.Template(c.UserContext(), edge.CallerOf(c).Business.ID, c.Params("language"))
	if err != nil {
		return err
	}
	return edge.Answer(c, views.TemplateOf(t))
}

// setTemplate answers PUT /v1/templates/:language.
func (a *api) setTemplate(c *fiber.Ctx) error {
	if edge.CallerOf(c).Key.Sandbox {
		return models.Fail(models.Unauthorized, "templates take a live key")
	}
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	raw, sent := m["text"]
	if !sent {
		return models.BadField("text", "text is required")
	}
	text, err := edge.Bounded(raw, "text", maxTemplate)
	if err != nil {
		return err
	}
	if err := possession.CheckTemplate(text); err != nil { // an empty one would delete
		return err
	}
	t := possession.Template{BusinessID: edge.CallerOf(c).Business.ID, Language: c.Params("language"), Text: text}
	if err := a.Possession.SetTemplate(c.UserContext(), t); err != nil {
		return err
	}
	return edge.Answer(c, views.TemplateOf(t))
}

// removeTemplate answers DELETE /v1/templates/:language: the words of the product are used again.
func (a *api) removeTemplate(c *fiber.Ctx) error {
	if edge.CallerOf(c).Key.Sandbox {
		return models.Fail(models.Unauthorized, "templates take a live key")
	}
	business, language := edge.CallerOf(c).Business.ID, c.Params("language")
	if _, err := a.Possession.Template(c.UserContext(), business, language); err != nil {
		return err
	}
	if err := a.Possession.SetTemplate(c.UserContext(), possession.Template{BusinessID: business, Language: language}); err != nil {
		return err
	}
	return edge.Answer(c, map[string]any{"language": language, "deleted": true})
}
