package lookup

import (
	"context"

	"whoseline/models"
)

// Withdrawal takes back a subject's consent for one number towards one business.
type Withdrawal struct {
	BusinessID string
	KeyID      string // the key that reports it
	Sandbox    bool
	Phone      models.Phone
	Reason     string
}

// Withdraw blocks later lookups of the number by the business. A second withdrawal gives the first one's event.
func (s *Service) Withdraw(ctx context.Context, w Withdrawal) (models.ConsentEvent, error) {
	event := models.ConsentEvent{
		BusinessID: w.BusinessID, ID: s.world.NewID(), Kind: models.ConsentRevoked, KeyID: w.KeyID,
		NumberIndex: s.numberIndex(w.Phone, w.Sandbox), Reason: w.Reason, CreatedAt: s.world.Now(),
	}
	return s.storeWithdrawal(ctx, event)
}

// EventPage asks for a part of a business's consent events.
type EventPage struct {
	BusinessID string
	Sandbox    *bool                   // the environment of the key that they came by; nil = both
	Kind       models.ConsentEventKind // "" = all
	Before     string                  // id: only older ones
	Limit      int
}
