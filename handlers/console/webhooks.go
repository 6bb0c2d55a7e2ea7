package console

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/webhooks"
)

// eventsShown is how many events a page shows, each with the deliveries that were made of it.
const eventsShown = 10

type webhooksView struct {
	Endpoints []endpointRow
	Events    []eventRow
	Next      string
	URL       string // of an endpoint that could not be added
	Secret    *secretView
}

type endpointRow struct {
	models.WebhookEndpoint
	State tag
}

type eventRow struct {
	models.WebhookEvent
	Deliveries []tag
}

// webhooks answers GET /console/webhooks.
func (k *console) webhooks(c *fiber.Ctx) error {
	made, err := k.shown(c)
	if err != nil {
		return err
	}
	return k.showWebhooks(c, made.Secret)
}

func (k *console) showWebhooks(c *fiber.Ctx, secret *secretView) error {
	ctx, business := c.UserContext(), signedIn(c).BusinessID
	view := webhooksView{Secret: secret}
	if secret == nil {
		view.URL = formOf(c).Get("url")
	}
	endpoints, err := k.Webhooks.Endpoints(ctx, business)
	if err != nil {
		return err
	}
	for _, e := range endpoints {
		view.Endpoints = append(view.Endpoints, endpointRow{e, endpointTag(e)})
	}
	s := webhooks.Search{BusinessID: business, Limit: eventsShown}
	if s.Cursor, err = edge.Cursor(c.Queries()); err != nil {
		return err
	}
	events, next, err := k.Webhooks.Events(ctx, s)
	if err != nil {
		return err
	}
	for _, e := range events {
		made, _, err := k.Webhooks.Deliveries(ctx, webhooks.Search{BusinessID: business, EventID: e.ID, Limit: eventsShown})
		if err != nil {
			return err
		}
		view.Events = append(view.Events, eventRow{e, deliveryTags(made)})
	}
	if next != "" {
		view.Next = edge.EncodeCursor(next)
	}
	return show(c, "webhooks", "Webhooks", view)
}

func endpointTag(e models.WebhookEndpoint) tag {
	switch {
	case e.Enabled():
		return tag{"told", "good"}
	case e.DisabledWhy == models.DisabledGone:
		return tag{"off: it said that it is gone", "bad"}
	default:
		return tag{"off", ""}
	}
}

func deliveryTags(made []models.WebhookDelivery) (tags []tag) {
	classes := map[models.WebhookState]string{models.WebhookDelivered: "good", models.WebhookDead: "bad", models.WebhookWaiting: "warn"}
	for _, d := range made {
		tags = append(tags, tag{string(d.State), classes[d.State]})
	}
	return tags
}

// addWebhook answers POST /console/webhooks.
func (k *console) addWebhook(c *fiber.Ctx) error {
	form := formOf(c)
	n := webhooks.NewEndpoint{
		BusinessID: signedIn(c).BusinessID, URL: form.Get("url"), Algorithm: models.WebhookAlgorithm(form.Get("algorithm")),
	}
	return k.once(c, "/webhooks", k.webhooks, func() (shownOnce, error) {
		e, secret, err := k.Webhooks.Create(c.UserContext(), n)
		if err != nil {
			return shownOnce{}, err
		}
		return shownOnce{Secret: &secretView{
			"The secret that signs what is sent there", "Copy it now: it is not shown again.", []string{secret},
		}}, k.note(c, "webhook.created", e.ID)
	})
}

// note adds to the trail what no other room does.
func (k *console) note(c *fiber.Ctx, action, target string) error {
	v := signedIn(c)
	return k.Trail.Note(c.UserContext(), audit.Event{BusinessID: v.BusinessID, Actor: v.ID, Action: action, Target: target})
}

// removeWebhook answers POST /console/webhooks/:id/remove.
func (k *console) removeWebhook(c *fiber.Ctx) error {
	id := c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "there is no such webhook endpoint")
	}
	if err := k.Webhooks.Delete(c.UserContext(), signedIn(c).BusinessID, id); err != nil {
		return err
	}
	if err := k.note(c, "webhook.removed", id); err != nil {
		return err
	}
	return done(c, "/webhooks", "removed")
}

// enableWebhook answers POST /console/webhooks/:id/enable.
func (k *console) enableWebhook(c *fiber.Ctx) error {
	return k.toEndpoint(c, "enabled", func(ctx context.Context, businessID, id string) error {
		return k.Webhooks.Enable(ctx, businessID, id)
	})
}

// tryWebhook answers POST /console/webhooks/:id/test.
func (k *console) tryWebhook(c *fiber.Ctx) error {
	return k.toEndpoint(c, "tested", func(ctx context.Context, businessID, id string) error {
		_, err := k.Webhooks.Try(ctx, businessID, id)
		return err
	})
}

func (k *console) toEndpoint(c *fiber.Ctx, what string, do func(ctx context.Context, businessID, id string) error) error {
	id := c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "there is no such webhook endpoint")
	}
	if err := do(c.UserContext(), signedIn(c).BusinessID, id); err != nil {
		return again(c, err, k.webhooks)
	}
	if err := k.note(c, "webhook."+what, id); err != nil {
		return err
	}
	return done(c, "/webhooks", "webhook-"+what)
}

// replayEvent answers POST /console/webhooks/events/:id/replay.
func (k *console) replayEvent(c *fiber.Ctx) error {
	id := c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "there is no such event")
	}
	if _, err := k.Webhooks.Replay(c.UserContext(), signedIn(c).BusinessID, id); err != nil {
		return err
	}
	if err := k.note(c, "webhook.replayed", id); err != nil {
		return err
	}
	return done(c, "/webhooks", "replayed")
}
