package lookup

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// withdrawn is the row that blocks later lookups of a number.
type withdrawn struct {
	BusinessID  string
	NumberIndex []byte
	EventID     string
}

// TableName is the table of withdrawals in force.
func (withdrawn) TableName() string { return "consent_withdrawals" }

// storeWithdrawal puts a withdrawal into force. A second one gives the first one's event.
func (s *Service) storeWithdrawal(ctx context.Context, event models.ConsentEvent) (models.ConsentEvent, error) {
	err := s.of(ctx, event.BusinessID).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&withdrawn{event.BusinessID, event.NumberIndex, event.ID}).Error; err != nil {
			return err
		}
		if err := forgetWithdrawn(tx, event.BusinessID, event.NumberIndex); err != nil {
			return err
		}
		return s.addConsent(tx, &event)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return s.withdrawal(ctx, event.BusinessID, event.NumberIndex)
	}
	return event, faultUnless(err, "store the withdrawal")
}

func (s *Service) withdrawal(ctx context.Context, businessID string, number []byte) (event models.ConsentEvent, err error) {
	err = s.of(ctx, businessID).Where(`business_id = ? AND id = (SELECT event_id FROM consent_withdrawals
		WHERE business_id = ? AND number_index = ?)`, businessID, businessID, number).Take(&event).Error
	return event, faultUnless(err, "read the earlier withdrawal")
}

// takenBack tells whether the subject has withdrawn the consent since the lookup began.
func (s *Service) takenBack(ctx context.Context, r *Record) (bool, error) {
	var withdrawals int64
	err := s.of(ctx, r.BusinessID).Model(&withdrawn{}).
		Where("business_id = ? AND number_index = ?", r.BusinessID, r.NumberIndex).Count(&withdrawals).Error
	if err != nil {
		return false, fmt.Errorf("look for a withdrawal: %w", err)
	}
	return withdrawals > 0, nil
}

// noteRefusal stores the evidence that a lookup was asked for without consent.
func (s *Service) noteRefusal(ctx context.Context, event models.ConsentEvent) error {
	err := s.of(ctx, event.BusinessID).Transaction(func(tx *gorm.DB) error { return s.addConsent(tx, &event) })
	return faultUnless(err, "store the refused consent")
}

// byKeyOf finds the environment of an event by its key. An event without a key is live.
var byKeyOf = map[bool]string{
	true:  "key_id IN (SELECT id FROM api_keys WHERE business_id = ? AND sandbox)",
	false: "key_id NOT IN (SELECT id FROM api_keys WHERE business_id = ? AND sandbox)",
}

// ConsentEvents lists refusals and withdrawals, newest first, and tells whether there are more.
func (s *Service) ConsentEvents(ctx context.Context, p EventPage) (events []models.ConsentEvent, more bool, err error) {
	q := s.readOf(ctx, p.BusinessID).Where("business_id = ?", p.BusinessID)
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
