package console

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/webhooks"
)

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

// pauseWebhook answers POST /console/webhooks/:id/pause.
func (k *console) pauseWebhook(c *fiber.Ctx) error {
	return k.toEndpoint(c, "paused", func(ctx context.Context, businessID, id string) error {
		return k.Webhooks.Disable(ctx, businessID, id)
	})
}

// replaySpan answers POST /console/webhooks/replay: the events that were made within a span are sent again.
func (k *console) replaySpan(c *fiber.Ctx) error {
	from, err := minuteOf("since", formOf(c).Get("since"), zone(c))
	if err != nil {
		return again(c, err, k.webhooks)
	}
	until, err := minuteOf("until", formOf(c).Get("until"), zone(c))
	if err != nil {
		return again(c, err, k.webhooks)
	}
	return k.once(c, "/webhooks", k.webhooks, func() (shownOnce, error) {
		n, err := k.Webhooks.ReplayRange(c.UserContext(), signedIn(c).BusinessID, from, until)
		if err != nil {
			return shownOnce{}, err
		}
		return shownOnce{Said: "Deliveries on their way again: " + count(n) + "."}, k.note(c, "webhook.replayed_range", from.UTC().Format(time.RFC3339))
	})
}

func minuteOf(name, text string, zone *time.Location) (time.Time, error) {
	at, err := time.ParseInLocation(minuteForm, text, zone)
	if err != nil || at.Year() < 1970 || at.Year() > 2099 {
		return time.Time{}, models.BadField(name, name+" must be a minute, such as 2026-11-30T14:35")
	}
	return at, nil
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
