package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// TestType is the type of the event that tries an endpoint.
const TestType = "webhook.test"

// Try sends an endpoint an event that means nothing, signed and repeated like all others, and gives its id. An endpoint that is
// disabled is a Conflict.
func (s *Service) Try(ctx context.Context, businessID, endpointID string) (eventID string, err error) {
	at := s.World.Now()
	body, err := json.Marshal(map[string]any{
		"type": TestType, "timestamp": at.UTC().Format(time.RFC3339), "data": map[string]string{"endpointId": endpointID},
	})
	if err != nil {
		return "", models.Fault(err)
	}
	err = s.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		to, err := endpointByID(tx, businessID, endpointID)
		if err != nil {
			return err
		}
		if !to.Enabled() {
			return models.Fail(models.Conflict, "the endpoint is disabled: enable it first")
		}
		e, err := s.Seal(NewEvent{BusinessID: businessID, Type: TestType, Sandbox: to.Sandbox, Payload: body})
		if err != nil {
			return err
		}
		e.LookupID, eventID = e.ID, e.ID // of no lookup, and each once
		return enqueueFor(tx, e, to)
	})
	if err != nil {
		return "", fault("try a webhook endpoint", err)
	}
	s.Nudge()
	return eventID, nil
}

// enqueueFor writes an event and its delivery to one endpoint.
func enqueueFor(tx *gorm.DB, e *models.WebhookEvent, to models.WebhookEndpoint) error {
	if err := tx.Create(e).Error; err != nil {
		return fmt.Errorf("write the event: %w", err)
	}
	d := models.WebhookDelivery{
		BusinessID: e.BusinessID, EventID: e.ID, EndpointID: to.ID, State: models.WebhookWaiting, NextAt: e.CreatedAt, CreatedAt: e.CreatedAt,
	}
	if err := tx.Create(&d).Error; err != nil {
		return fmt.Errorf("write the event's delivery: %w", err)
	}
	return nil
}
