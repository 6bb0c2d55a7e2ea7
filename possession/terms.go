package possession

import (
	"context"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/settings"
)

// Terms are what holds for one business.
type Terms struct {
	settings.Limits
	Channels []string // the only carriers that the business wants, in its order; empty = as the operator has configured
	Price    int64    // of a message that is taken, in minor units; 0 = free
}

// Agreement knows the terms of each business.
type Agreement interface {
	Terms(ctx context.Context, businessID string) (Terms, error)
}

// Till pays for messages. It joins the transaction that it is given: money is held together with the code, and captured
// or released together with the sender's answer. Error: models.InsufficientFunds.
type Till interface {
	HoldMessage(tx *gorm.DB, c models.MessageCharge) error
	SettleMessage(tx *gorm.DB, c models.MessageCharge, accepted bool) error
}

// terms gives the terms of a business.
func (s *Service) terms(ctx context.Context, businessID string) (t Terms, err error) {
	if s.agreement == nil {
		return Terms{Limits: s.limits}, nil
	}
	own, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	if t, err = s.agreement.Terms(own, businessID); err != nil {
		return t, models.FaultIn("read what holds for the business", err)
	}
	return t, nil
}
