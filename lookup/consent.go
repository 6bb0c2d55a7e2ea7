package lookup

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

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

// withdrawn is the row that blocks later lookups of a number.
type withdrawn struct {
	BusinessID  string
	NumberIndex []byte
	EventID     string
}

// TableName is the table of withdrawals in force.
func (withdrawn) TableName() string { return "consent_withdrawals" }

// Withdraw blocks later lookups of the number by the business. A second withdrawal gives the first one's event.
func (s *Service) Withdraw(ctx context.Context, w Withdrawal) (models.ConsentEvent, error) {
	event := models.ConsentEvent{
		BusinessID: w.BusinessID, ID: s.World.NewID(), Kind: models.ConsentRevoked, KeyID: w.KeyID,
		NumberIndex: s.numberIndex(w.Phone, w.Sandbox), Reason: w.Reason, CreatedAt: s.World.Now(),
	}
	err := s.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&withdrawn{w.BusinessID, event.NumberIndex, event.ID}).Error; err != nil {
			return err
		}
		if err := forgetWithdrawn(tx, w.BusinessID, event.NumberIndex); err != nil {
			return err
		}
		return tx.Create(&event).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return s.withdrawal(ctx, w.BusinessID, event.NumberIndex)
	}
	if err != nil {
		return event, models.Fault(fmt.Errorf("store the withdrawal: %w", err))
	}
	return event, nil
}

func (s *Service) withdrawal(ctx context.Context, businessID string, number []byte) (event models.ConsentEvent, err error) {
	err = s.DB.WithContext(ctx).Where(`business_id = ? AND id = (SELECT event_id FROM consent_withdrawals
		WHERE business_id = ? AND number_index = ?)`, businessID, businessID, number).Take(&event).Error
	if err != nil {
		return event, models.Fault(fmt.Errorf("read the earlier withdrawal: %w", err))
	}
	return event, nil
}

// EventPage asks for a part of a business's consent events.
type EventPage struct {
	BusinessID string
	Sandbox    *bool                   // the environment of the key that they came by; nil = both
	Kind       models.ConsentEventKind // "" = all
	Before     string                  // id: only older ones
	Limit      int
}

// byKeyOf tells by its key in which environment an event happened. One that no key reported is live.
var byKeyOf = map[bool]string{
	true:  "key_id IN (SELECT id FROM api_keys WHERE business_id = ? AND sandbox)",
	false: "key_id NOT IN (SELECT id FROM api_keys WHERE business_id = ? AND sandbox)",
}

// ConsentEvents lists refusals and withdrawals, newest first, and tells whether there are more.
func (s *Service) ConsentEvents(ctx context.Context, p EventPage) (events []models.ConsentEvent, more bool, err error) {
	q := s.Read.WithContext(ctx).Where("business_id = ?", p.BusinessID)
	if p.Sandbox != nil {
		q = q.Where(byKeyOf[*p.Sandbox], p.BusinessID)
	}
	if p.Kind != "" {
		q = q.Where("kind = ?", p.Kind)
	}
	if p.Before != "" {
		q = q.Where("id < ?", p.Before)
	}
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&events).Error; err != nil {
		return nil, false, models.Fault(fmt.Errorf("list consent events: %w", err))
	}
	if len(events) > p.Limit {
		return events[:p.Limit], true, nil
	}
	return events, false, nil
}
