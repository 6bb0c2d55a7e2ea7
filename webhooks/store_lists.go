package webhooks

import (
	"context"

	"whoseline/models"
	"whoseline/storage/rows"
)

// eventsBefore gives a page of events without their payloads, newest first, and whether more follow.
func (s *Service) eventsBefore(ctx context.Context, q Search) ([]models.WebhookEvent, bool, error) {
	found := s.readOf(ctx, q.BusinessID).Select("business_id", "id", "type", "lookup_id", "created_at").
		Where("business_id = ?", q.BusinessID)
	if q.Sandbox != nil {
		found = found.Where(`(EXISTS (SELECT 1 FROM lookups l WHERE l.business_id = webhook_events.business_id
			AND l.id = webhook_events.lookup_id AND l.sandbox = ?) OR type = ? AND sandbox = ?)`, *q.Sandbox, TestType, *q.Sandbox)
	}
	if q.LookupID != "" {
		found = found.Where("lookup_id = ?", q.LookupID)
	}
	if q.Cursor != "" {
		found = found.Where("id < ?", q.Cursor)
	}
	return rows.Page[models.WebhookEvent](found.Order("id DESC"), q.limit())
}

// deliveriesBehind gives a page of deliveries, newest first, behind one of them, and whether more follow.
func (s *Service) deliveriesBehind(ctx context.Context, q Search, after *models.WebhookDelivery) ([]models.WebhookDelivery, bool, error) {
	found := s.readOf(ctx, q.BusinessID).Where("business_id = ?", q.BusinessID)
	if after != nil {
		found = found.Where("(event_id, endpoint_id, round) < ( ?, ?, ?)", after.EventID, after.EndpointID, after.Round)
	}
	for _, narrow := range [][2]string{{"event_id", q.EventID}, {"endpoint_id", q.EndpointID}, {"state", string(q.State)}} {
		if narrow[1] != "" {
			found = found.Where(narrow[0]+" = ?", narrow[1])
		}
	}
	return rows.Page[models.WebhookDelivery](found.Order("event_id DESC, endpoint_id DESC, round DESC"), q.limit())
}
