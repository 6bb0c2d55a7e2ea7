package webhooks

import (
	"strconv"

	"whoseline/models"
)

const maxPayload = 1 << 20 // bytes

// NewEvent asks for an event. Payload is the exact body that receivers get.
type NewEvent struct {
	BusinessID string
	Type       string // such as identity.verification.completed
	LookupID   string
	Sandbox    bool   // of the lookup: endpoints of the sandbox are told too
	Payload    []byte // 1 byte to 1 MiB
}

// Seal makes the row of an event, with its payload sealed, for Enqueue or the statement of EnqueueColumns.
func (s *Service) Seal(n NewEvent) (*models.WebhookEvent, error) {
	if len(n.Payload) == 0 || len(n.Payload) > maxPayload {
		return nil, models.BadField("payload", "payload must be 1 to "+strconv.Itoa(maxPayload)+" bytes")
	}
	e := &models.WebhookEvent{
		BusinessID: n.BusinessID, ID: s.world.NewID(), Type: n.Type, LookupID: n.LookupID, Sandbox: n.Sandbox, CreatedAt: s.world.Now(),
	}
	e.Payload = s.vault.Seal(eventAAD(e.BusinessID, e.ID), n.Payload)
	return e, nil
}
