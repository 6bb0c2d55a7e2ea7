package webhooks

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// enqueueTest writes an event of TestType for one endpoint, and gives its id.
func (s *Service) enqueueTest(ctx context.Context, businessID, endpointID string, body []byte) (eventID string, err error) {
	err = s.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
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
	return eventID, err
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
