package webhooks

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"whoseline/models"
)

const (
	maxPage     = 100
	defaultPage = 50
)

// Search asks for a page of events or deliveries, newest first. Empty fields do not narrow it.
type Search struct {
	BusinessID string
	Sandbox    *bool               // events only: the environment of their lookups; nil = both
	LookupID   string              // events only
	EventID    string              // deliveries only
	EndpointID string              // deliveries only
	State      models.WebhookState // deliveries only
	Cursor     string              // where the page before ended; empty = from the newest
	Limit      int                 // at most 100; 0 = 50
}

func (q Search) limit() int {
	if q.Limit <= 0 {
		return defaultPage
	}
	return min(q.Limit, maxPage)
}

// Events gives a page of a business's events, their payloads left out, and the cursor of the next page, empty on the
// last one.
func (s *Service) Events(ctx context.Context, q Search) ([]models.WebhookEvent, string, error) {
	list, more, err := s.eventsBefore(ctx, q)
	if err != nil {
		return nil, "", models.FaultIn("list webhook events", err)
	}
	next := ""
	if more {
		next = list[len(list)-1].ID
	}
	return list, next, nil
}

// Event gives one event of a business with its payload laid open, nil after erasure, or NotFound.
func (s *Service) Event(ctx context.Context, businessID, id string) (models.WebhookEvent, error) {
	e, err := s.event(ctx, businessID, id)
	if err == nil && e.Payload != nil {
		e.Payload, err = s.vault.Open(eventAAD(businessID, id), e.Payload)
	}
	if err != nil {
		return models.WebhookEvent{}, models.FaultIn("read webhook event", err)
	}
	return e, nil
}

// Deliveries gives a page of a business's deliveries and the cursor of the next page, empty on the last one. A cursor
// that is none of ours is Invalid.
func (s *Service) Deliveries(ctx context.Context, q Search) ([]models.WebhookDelivery, string, error) {
	after, err := parseCursor(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	list, more, err := s.deliveriesBehind(ctx, q, after)
	if err != nil {
		return nil, "", models.FaultIn("list webhook deliveries", err)
	}
	next := ""
	if more {
		next = cursorOf(list[len(list)-1])
	}
	return list, next, nil
}

func cursorOf(d models.WebhookDelivery) string {
	return fmt.Sprintf("%s.%s.%d", d.EventID, d.EndpointID, d.Round)
}

// parseCursor reads where the page before ended; nil = from the newest.
func parseCursor(text string) (*models.WebhookDelivery, error) {
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, ".")
	if len(parts) == 3 && models.IsID(parts[0]) && models.IsID(parts[1]) {
		if n, err := strconv.ParseUint(parts[2], 10, 31); err == nil {
			return &models.WebhookDelivery{EventID: parts[0], EndpointID: parts[1], Round: int(n)}, nil
		}
	}
	return nil, models.BadField("cursor", "cursor is not one of ours")
}
