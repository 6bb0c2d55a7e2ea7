package v1

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
)

// live refuses sandbox keys what sends a business's live events.
func live(c *fiber.Ctx) error {
	if edge.CallerOf(c).Key.Sandbox {
		return models.Fail(models.Unauthorized, "webhooks take a live key")
	}
	return nil
}

// endpoints answers GET /v1/webhooks with those of the key's environment. There are at most ten, so there are no pages.
func (a *api) endpoints(c *fiber.Ctx) error {
	shown := []views.WebhookEndpoint{}
	list, err := a.Webhooks.Endpoints(c.UserContext(), edge.CallerOf(c).Business.ID)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Sandbox == edge.CallerOf(c).Key.Sandbox {
			shown = append(shown, views.WebhookEndpointOf(e, ""))
		}
	}
	return edge.Answer(c, map[string][]views.WebhookEndpoint{"data": shown})
}

// addEndpoint answers POST /v1/webhooks.
func (a *api) addEndpoint(c *fiber.Ctx) error {
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	url, sent := m["url"]
	if !sent {
		return models.BadField("url", "url is required")
	}
	n := webhooks.NewEndpoint{BusinessID: edge.CallerOf(c).Business.ID, Sandbox: edge.CallerOf(c).Key.Sandbox}
	if n.URL, err = edge.Bounded(url, "url", maxURL); err != nil {
		return err
	}
	if algorithm, given := m.Given("algorithm"); given {
		text, err := edge.Bounded(algorithm, "algorithm", maxText)
		if err != nil {
			return err
		}
		n.Algorithm = models.WebhookAlgorithm(text)
	}
	e, secret, err := a.Webhooks.Create(c.UserContext(), n)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.WebhookEndpointOf(e, secret))
}

// ownEndpoint gives the endpoint that a path names, of the key's own environment.
func (a *api) ownEndpoint(c *fiber.Ctx) (e models.WebhookEndpoint, err error) {
	missing := models.Fail(models.NotFound, "there is no such webhook endpoint")
	id := c.Params("id")
	if !models.IsID(id) {
		return e, missing
	}
	e, err = a.Webhooks.Endpoint(c.UserContext(), edge.CallerOf(c).Business.ID, id)
	if err == nil && e.Sandbox != edge.CallerOf(c).Key.Sandbox {
		return e, missing
	}
	return e, err
}

// removeEndpoint answers DELETE /v1/webhooks/:id.
func (a *api) removeEndpoint(c *fiber.Ctx) error {
	e, err := a.ownEndpoint(c)
	if err != nil {
		return err
	}
	if err := a.Webhooks.Delete(c.UserContext(), e.BusinessID, e.ID); err != nil {
		return err
	}
	return edge.Answer(c, map[string]any{"id": e.ID, "deleted": true})
}

// enableEndpoint answers POST /v1/webhooks/:id/enable: also one that has said that it is gone.
func (a *api) enableEndpoint(c *fiber.Ctx) error {
	e, err := a.ownEndpoint(c)
	if err != nil {
		return err
	}
	if err := a.Webhooks.Enable(c.UserContext(), e.BusinessID, e.ID); err != nil {
		return err
	}
	e.DisabledAt = time.Time{}
	return edge.Answer(c, views.WebhookEndpointOf(e, ""))
}

// tryEndpoint answers POST /v1/webhooks/:id/test: it sends an event that means nothing.
func (a *api) tryEndpoint(c *fiber.Ctx) error {
	e, err := a.ownEndpoint(c)
	if err != nil {
		return err
	}
	event, err := a.Webhooks.Try(c.UserContext(), e.BusinessID, e.ID)
	if err != nil {
		return err
	}
	return edge.Answer(c, map[string]any{"id": event, "type": webhooks.TestType})
}

// events answers GET /v1/webhooks/events.
func (a *api) events(c *fiber.Ctx) error {
	query, who := c.Queries(), edge.CallerOf(c)
	s := webhooks.Search{BusinessID: who.Business.ID, Sandbox: &who.Key.Sandbox}
	var err error
	if s.Limit, err = edge.PageLimit(query); err != nil {
		return err
	}
	if s.Cursor, err = edge.Cursor(query); err != nil {
		return err
	}
	list, next, err := a.Webhooks.Events(c.UserContext(), s)
	if err != nil {
		return err
	}
	if next != "" {
		next = edge.EncodeCursor(next)
	}
	var shown []views.WebhookEvent
	for _, e := range list {
		shown = append(shown, views.WebhookEventOf(e))
	}
	return edge.Answer(c, edge.Page(shown, s.Limit, next))
}

// replay answers POST /v1/webhooks/events/:id/replay.
func (a *api) replay(c *fiber.Ctx) error {
	if err := live(c); err != nil {
		return err
	}
	id := c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "there is no such event")
	}
	n, err := a.Webhooks.Replay(c.UserContext(), edge.CallerOf(c).Business.ID, id)
	if err != nil {
		return err
	}
	return edge.Answer(c, map[string]any{"id": id, "deliveries": n})
}
