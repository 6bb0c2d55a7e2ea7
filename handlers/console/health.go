package console

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"whoseline/models"
	"whoseline/webhooks"
)

// healthFrom is how many of an endpoint's latest deliveries tell how it is.
const healthFrom = 60

// health is how an endpoint is, by what came of telling it.
type health struct {
	Since   time.Time // it has failed since then; zero = the last event that was tried reached it
	Tried   bool      // anything was sent there at all
	Last    string    // what it said last
	Next    time.Time // of the next try; zero = nothing waits
	Waiting int
	Good    int // of the deliveries that have ended or were tried
	Bad     int
	latest  []models.WebhookDelivery // newest first
}

// health looks at an endpoint's latest deliveries.
func (k *console) health(ctx context.Context, e models.WebhookEndpoint) (h health, err error) {
	h.latest, _, err = k.Webhooks.Deliveries(ctx, webhooks.Search{BusinessID: e.BusinessID, EndpointID: e.ID, Limit: healthFrom})
	if err != nil {
		return h, err
	}
	failing := true
	for _, d := range h.latest {
		if d.State == models.WebhookWaiting {
			h.Waiting++
			if h.Next.IsZero() || d.NextAt.Before(h.Next) {
				h.Next = d.NextAt
			}
		}
		if d.Attempts == 0 || d.State == models.WebhookWaiting && d.LastStatus == 0 && d.LastError == "" {
			continue // nothing came of it yet
		}
		if !h.Tried {
			h.Tried, h.Last = true, lastSaid(d)
		}
		if d.State == models.WebhookDelivered {
			h.Good, failing = h.Good+1, false
			continue
		}
		if h.Bad++; failing {
			h.Since = d.CreatedAt
		}
	}
	return h, nil
}

// endpointTag is an endpoint's state in a word: it is told, it fails, or somebody switched it off.
func endpointTag(e models.WebhookEndpoint, h health, zone *time.Location, now time.Time) tag {
	switch {
	case e.DisabledWhy == models.DisabledGone:
		return tag{"Off: it said that it is gone", "bad"}
	case !e.Enabled():
		return tag{"Paused since " + e.DisabledAt.In(zone).Format(momentForm), "off"}
	case !h.Since.IsZero():
		return tag{"Failing since " + h.Since.In(zone).Format(momentForm) + " (" + span(now.Sub(h.Since)) + ")", "bad"}
	case !h.Tried:
		return tag{"Nothing was sent yet", "off"}
	default:
		return tag{"Working", "good"}
	}
}

// facts are what health says in numbers.
func (h health) facts(e models.WebhookEndpoint, zone *time.Location) []field {
	next := ""
	if !h.Next.IsZero() {
		next = h.Next.In(zone).Format(momentForm)
	}
	waiting := "none"
	if h.Waiting > 0 {
		waiting = strconv.Itoa(h.Waiting) + " events"
	}
	if len(h.latest) == healthFrom && h.Waiting == healthFrom {
		waiting = strconv.Itoa(healthFrom) + " events or more"
	}
	hash, environment := string(e.Algorithm), "live and sandbox"
	if e.Sandbox {
		environment = "sandbox only"
	}
	return filled([]field{
		{Label: "Last answer", Value: h.Last},
		{Label: "Next try", Value: next},
		{Label: "Waiting", Value: waiting},
		{Label: "Hash", Value: hash},
		{Label: "Environment", Value: environment},
		{Label: "Made", Value: e.CreatedAt.In(zone).Format(momentForm)},
	})
}

// strip draws the latest deliveries, oldest first. One that failed reaches the top, so that it differs by more than its colour.
func (h health) strip() (parts []part, words string) {
	for i := len(h.latest) - 1; i >= 0; i-- {
		d := h.latest[i]
		p := part{Class: "f-found", X: float64(4 * (healthFrom - 1 - i)), Y: 20, W: 3, H: 16}
		switch {
		case d.State == models.WebhookDelivered:
		case d.State == models.WebhookWaiting && d.Attempts == 0:
			p.Class, p.Y, p.H = "f-pending", 30, 6
		default:
			p.Class, p.Y, p.H = "f-failed", 0, 36
		}
		parts = append(parts, p)
	}
	return parts, fmt.Sprintf("The last %d deliveries: %d arrived, %d did not so far; a bar of full height did not arrive.", len(h.latest), h.Good, h.Bad)
}
