package console

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/webhooks"
)

// eventsShown is how many events a page shows, each with the deliveries that were made of it.
const eventsShown = 10

type webhooksView struct {
	Lead         string
	Endpoints    []endpointRow
	Days         []group[eventRow]
	Newer, Again bool
	Next, Span   string
	Since, Until string // of the span that is offered to be sent again
	URL          string // of an endpoint that could not be added
	Secret       *secretView
}

type endpointRow struct {
	models.WebhookEndpoint
	Host       string
	State      tag
	Facts      []field
	Strip      []part
	StripWords string
	failing    time.Time
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
	view := webhooksView{Secret: secret, Newer: c.Query("cursor") != ""}
	if secret == nil {
		view.URL = formOf(c).Get("url")
	}
	var err error
	if view.Endpoints, err = k.endpointRows(c); err != nil {
		return err
	}
	view.lead()
	view.span(k.World.Now().In(zone(c)))
	events, err := k.eventRows(c, &view)
	if err != nil {
		return err
	}
	view.Days = byDay(zone(c), events, func(e eventRow) time.Time { return e.CreatedAt })
	if len(events) > 0 {
		view.Span = spanned(zone(c), events[0].CreatedAt, events[len(events)-1].CreatedAt)
	}
	return show(c, "webhooks", "Webhooks", view)
}

func (k *console) endpointRows(c *fiber.Ctx) (rows []endpointRow, err error) {
	endpoints, err := k.Webhooks.Endpoints(c.UserContext(), signedIn(c).BusinessID)
	if err != nil {
		return nil, err
	}
	for _, e := range endpoints {
		h, err := k.health(c.UserContext(), e)
		if err != nil {
			return nil, err
		}
		row := endpointRow{WebhookEndpoint: e, Host: hostOf(e.URL), State: endpointTag(e, h, zone(c), k.World.Now()), Facts: h.facts(e, zone(c))}
		if row.Strip, row.StripWords = h.strip(); e.Enabled() {
			row.failing = h.Since
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (k *console) eventRows(c *fiber.Ctx, view *webhooksView) (rows []eventRow, err error) {
	ctx, s := c.UserContext(), webhooks.Search{BusinessID: signedIn(c).BusinessID, Limit: eventsShown}
	if s.Cursor, err = edge.Cursor(c.Queries()); err != nil {
		return nil, err
	}
	events, next, err := k.Webhooks.Events(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		made, _, err := k.Webhooks.Deliveries(ctx, webhooks.Search{BusinessID: s.BusinessID, EventID: e.ID, Limit: eventsShown})
		if err != nil {
			return nil, err
		}
		rows = append(rows, eventRow{e, deliveryTags(made)})
	}
	if next != "" {
		view.Next = edge.EncodeCursor(next)
	}
	return rows, nil
}

// lead says first what is wrong, and then how much.
func (v *webhooksView) lead() {
	failing := 0
	for _, e := range v.Endpoints {
		if !e.failing.IsZero() {
			failing++
		}
	}
	switch {
	case len(v.Endpoints) == 0:
		v.Lead = "Nobody is told when a pending lookup ends."
	case failing > 0:
		v.Lead = fmt.Sprintf("%d of %d endpoints fail. What did not arrive is tried again, and can be sent again below.", failing, len(v.Endpoints))
	default:
		v.Lead = "No endpoint fails."
	}
}

// span offers to send again what was made since the first failure, or within the last day.
func (v *webhooksView) span(now time.Time) {
	since := now.AddDate(0, 0, -1)
	for _, e := range v.Endpoints {
		v.Again = true
		if !e.failing.IsZero() && e.failing.Before(since) {
			since = e.failing.In(now.Location())
		}
	}
	v.Since, v.Until = since.Format(minuteForm), now.Add(time.Minute).Format(minuteForm)
}

// minuteForm is how a form writes a minute.
const minuteForm = "2006-01-02T15:04"

func deliveryTags(made []models.WebhookDelivery) (tags []tag) {
	classes := map[models.WebhookState]string{models.WebhookDelivered: "good", models.WebhookDead: "bad", models.WebhookWaiting: "pending"}
	for _, d := range made {
		tags = append(tags, tag{capital(string(d.State)), classes[d.State]})
	}
	return tags
}
