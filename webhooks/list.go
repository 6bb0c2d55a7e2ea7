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
func (s *Service) Events(ctx context.Context, q Search) (list []models.WebhookEvent, next string, err error) {
	rows := s.Read.WithContext(ctx).Select("business_id", "id", "type", "lookup_id", "created_at").
		Where("business_id = ?", q.BusinessID)
	if q.Sandbox != nil {
		rows = rows.Where(`EXISTS (SELECT 1 FROM lookups l WHERE l.business_id = webhook_events.business_id
			AND l.id = webhook_events.lookup_id AND l.sandbox = ?)`, *q.Sandbox)
	}
	if q.Cursor != "" {
		rows = rows.Where("id < ?", q.Cursor)
	}
	if err := rows.Order("id DESC").Limit(q.limit() + 1).Find(&list).Error; err != nil {
		return nil, "", fault("list webhook events", err)
	}
	if n := q.limit(); len(list) > n {
		list, next = list[:n], list[n-1].ID
	}
	return list, next, nil
}

// Event gives one event of a business with its payload laid open, nil after erasure, or NotFound.
func (s *Service) Event(ctx context.Context, businessID, id string) (models.WebhookEvent, error) {
	e, err := eventByID(s.Read.WithContext(ctx), businessID, id)
	if err == nil && e.Payload != nil {
		e.Payload, err = s.Vault.Open(eventAAD(businessID, id), e.Payload)
	}
	if err != nil {
		return models.WebhookEvent{}, fault("read webhook event", err)
	}
	return e, nil
}

// Deliveries gives a page of a business's deliveries and the cursor of the next page, empty on the last one. A cursor
// that is none of ours is Invalid.
func (s *Service) Deliveries(ctx context.Context, q Search) (list []models.WebhookDelivery, next string, err error) {
	rows := s.Read.WithContext(ctx).Where("business_id = ?", q.BusinessID)
	if q.Cursor != "" {
		event, endpoint, round, err := parseCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		rows = rows.Where("(event_id, endpoint_id, round) < ( ?, ?, ?)", event, endpoint, round)
	}
	for _, narrow := range [][2]string{{"event_id", q.EventID}, {"endpoint_id", q.EndpointID}, {"state", string(q.State)}} {
		if narrow[1] != "" {
			rows = rows.Where(narrow[0]+" = ?", narrow[1])
		}
	}
	if err := rows.Order("event_id DESC, endpoint_id DESC, round DESC").Limit(q.limit() + 1).Find(&list).Error; err != nil {
		return nil, "", fault("list webhook deliveries", err)
	}
	if n := q.limit(); len(list) > n {
		list, next = list[:n], cursorOf(list[n-1])
	}
	return list, next, nil
}

func cursorOf(d models.WebhookDelivery) string {
	return fmt.Sprintf("%s.%s.%d", d.EventID, d.EndpointID, d.Round)
}

func parseCursor(text string) (event, endpoint string, round int, err error) {
	parts := strings.Split(text, ".")
	if len(parts) == 3 && models.IsID(parts[0]) && models.IsID(parts[1]) {
		if n, err := strconv.ParseUint(parts[2], 10, 31); err == nil {
			return parts[0], parts[1], int(n), nil
		}
	}
	return "", "", 0, models.BadField("cursor", "cursor is not one of ours")
}
