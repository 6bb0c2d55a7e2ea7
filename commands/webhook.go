package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/views"
	"whoseline/webhooks"
)

func (t *terminal) webhook() *cli.Command {
	business, id := required("business", "`ID` of the business"), required("webhook", "`ID` of the webhook")
	return &cli.Command{
		Name: "webhook", Usage: "where a business is told of events",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "name an endpoint and show its secret, once",
				Flags: []cli.Flag{
					business, required("url", "https `URL` that takes a POST"),
					&cli.StringFlag{Name: "algorithm", Value: string(models.WebhookSHA256), Usage: "sha256 or sha512, of x-youverify-signature"},
					&cli.BoolFlag{Name: "sandbox", Usage: "tell it of lookups of sandbox keys only"},
				},
				Action: t.with(t.createWebhook),
			},
			{Name: "list", Usage: "list a business's endpoints", Flags: []cli.Flag{business}, Action: t.with(t.listWebhooks)},
			{
				Name: "delete", Usage: "tell an endpoint no more", Flags: []cli.Flag{business, id},
				Action: t.with(t.deleteWebhook),
			},
			{
				Name: "enable", Usage: "tell an endpoint of events again, also one that said that it was gone", Flags: []cli.Flag{business, id},
				Action: t.with(t.enableWebhook),
			},
			{
				Name: "test", Usage: "have a running gateway send an endpoint an event that means nothing", Flags: []cli.Flag{business, id},
				Action: t.with(t.tryWebhook),
			},
			{
				Name: "rotate", Usage: "give an endpoint a new secret, and show it once",
				Flags: []cli.Flag{business, id, &cli.DurationFlag{Name: "overlap", Value: 24 * time.Hour, Usage: "how long the old one signs too"}},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					secret, err := a.Webhooks.Rotate(ctx, c.String("business"), c.String("webhook"), c.Duration("overlap"))
					if err != nil {
						return err
					}
					return t.say(c, map[string]string{"id": c.String("webhook"), "secret": secret}, "New secret: %s", secret)
				}),
			},
			{
				Name: "replay", Usage: "tell all endpoints of an event again",
				Flags: []cli.Flag{business, required("event", "`ID` of the event")},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					n, err := a.Webhooks.Replay(ctx, c.String("business"), c.String("event"))
					if err != nil {
						return err
					}
					return t.say(c, map[string]any{"id": c.String("event"), "deliveries": n}, "%d deliveries begin.", n)
				}),
			},
		},
	}
}

func (t *terminal) createWebhook(ctx context.Context, c *cli.Command, a *app.App) error {
	if _, err := a.Businesses.Get(ctx, c.String("business")); err != nil {
		return err
	}
	e, secret, err := a.Webhooks.Create(ctx, webhooks.NewEndpoint{
		BusinessID: c.String("business"), URL: c.String("url"), Algorithm: models.WebhookAlgorithm(c.String("algorithm")), Sandbox: c.Bool("sandbox"),
	})
	if err != nil {
		return err
	}
	return t.say(c, views.WebhookEndpointOf(e, secret),
		"Made webhook %s.\n\n  %s\n\nThis secret signs its events. It is shown this once.", e.ID, secret)
}

func (t *terminal) listWebhooks(ctx context.Context, c *cli.Command, a *app.App) error {
	list, err := a.Webhooks.Endpoints(ctx, c.String("business"))
	return sayAll(t, c, list, err, func(e models.WebhookEndpoint) row {
		state := "enabled"
		if !e.Enabled() {
			state = "disabled: " + string(e.DisabledWhy)
		}
		if e.Sandbox {
			state += ", sandbox only"
		}
		return row{views.WebhookEndpointOf(e, ""), fmt.Sprintf("%s  %s  %s", e.ID, state, e.URL)}
	})
}

func (t *terminal) deleteWebhook(ctx context.Context, c *cli.Command, a *app.App) error {
	if err := a.Webhooks.Delete(ctx, c.String("business"), c.String("webhook")); err != nil {
		return err
	}
	return t.say(c, map[string]any{"id": c.String("webhook"), "deleted": true}, "Deleted webhook %s.", c.String("webhook"))
}

func (t *terminal) enableWebhook(ctx context.Context, c *cli.Command, a *app.App) error {
	if err := a.Webhooks.Enable(ctx, c.String("business"), c.String("webhook")); err != nil {
		return err
	}
	e, err := a.Webhooks.Endpoint(ctx, c.String("business"), c.String("webhook"))
	if err != nil {
		return err
	}
	return t.say(c, views.WebhookEndpointOf(e, ""), "Enabled webhook %s.", e.ID)
}

func (t *terminal) tryWebhook(ctx context.Context, c *cli.Command, a *app.App) error {
	event, err := a.Webhooks.Try(ctx, c.String("business"), c.String("webhook"))
	if err != nil {
		return err
	}
	return t.say(c, map[string]string{"id": event, "type": webhooks.TestType}, "Event %s is on its way, if a gateway runs.", event)
}
