package webhooks

import (
	"context"
	"encoding/json"
	"time"

	"whoseline/models"
)

// TestType is the type of the event that tries an endpoint.
const TestType = "webhook.test"

// Try sends an endpoint an event that means nothing, signed and repeated like all others, and gives its id. An endpoint that is
// disabled is a Conflict.
func (s *Service) Try(ctx context.Context, businessID, endpointID string) (eventID string, err error) {
	at := s.world.Now()
	body, err := json.Marshal(map[string]any{
		"type": TestType, "timestamp": at.UTC().Format(time.RFC3339), "data": map[string]string{"endpointId": endpointID},
	})
	if err != nil {
		return "", models.Fault(err)
	}
	if eventID, err = s.enqueueTest(ctx, businessID, endpointID, body); err != nil {
		return "", models.FaultIn("try a webhook endpoint", err)
	}
	s.Nudge()
	return eventID, nil
}
