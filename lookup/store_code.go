package lookup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// confirmation is the row of a lookup that is bound to its number.
type confirmation struct {
	BusinessID  string `gorm:"primaryKey"`
	LookupID    string `gorm:"primaryKey"`
	ConfirmedAt time.Time
}

// TableName is the table of confirmations.
func (confirmation) TableName() string { return "lookup_confirmations" }

// bind notes that a lookup is bound to its number.
func (s *Service) bind(ctx context.Context, r *Record) error {
	return s.of(ctx, r.BusinessID).Create(&confirmation{BusinessID: r.BusinessID, LookupID: r.ID}).Error
}

// unconfirmed tells whether a lookup is bound to its number, which has not confirmed it.
func (s *Service) unconfirmed(ctx context.Context, r *Record) (bool, error) {
	var waiting int64
	err := s.of(ctx, r.BusinessID).Model(&confirmation{}).
		Where("business_id = ? AND lookup_id = ? AND confirmed_at IS NULL", r.BusinessID, r.ID).Count(&waiting).Error
	if err != nil {
		return false, fmt.Errorf("read the confirmation: %w", err)
	}
	return waiting > 0, nil
}

// Confirmation tells whether a lookup is bound to its number and whether that has confirmed it.
type Confirmation struct {
	Bound bool
	At    time.Time // when the number confirmed it; zero = it did not, or did not have to
}

// Confirmation tells whether a lookup is bound to its number, and whether that has confirmed it.
func (s *Service) Confirmation(ctx context.Context, businessID, lookupID string) (Confirmation, error) {
	var rows []confirmation
	err := s.readOf(ctx, businessID).Where("business_id = ? AND lookup_id = ?", businessID, lookupID).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return Confirmation{}, faultUnless(err, "read the confirmation")
	}
	return Confirmation{true, rows[0].ConfirmedAt}, nil
}

// ConfirmedAt tells when a lookup's number confirmed it; zero = it did not, or did not have to.
func (s *Service) ConfirmedAt(ctx context.Context, businessID, lookupID string) (time.Time, error) {
	c, err := s.Confirmation(ctx, businessID, lookupID)
	return c.At, err
}

// noteConfirmed takes the lease and notes that the number has confirmed. A caller that can do neither has lost a race.
// From then on the lookup is due, so that another gateway asks for it if this one dies.
func (s *Service) noteConfirmed(ctx context.Context, l *lease, now time.Time) error {
	var late error = models.Fail(models.CodeExpired, "the lookup was not confirmed in time")
	err := s.of(ctx, l.businessID).Transaction(func(tx *gorm.DB) error {
		if ours, err := l.takeIn(tx); err != nil || !ours {
			return cmp.Or(err, late)
		}
		due := tx.Model(&models.Lookup{}).
			Where("business_id = ? AND id = ? AND status = 'pending'", l.businessID, l.lookupID).Update("expires_at", now)
		if due.Error != nil || due.RowsAffected == 0 {
			return cmp.Or(due.Error, late)
		}
		noted := tx.Model(&confirmation{}).
			Where("business_id = ? AND lookup_id = ? AND confirmed_at IS NULL", l.businessID, l.lookupID).Update("confirmed_at", now)
		if noted.Error == nil && noted.RowsAffected != 1 {
			return late
		}
		return noted.Error
	})
	if errors.Is(err, late) {
		return late
	}
	return faultUnless(err, "note the confirmation")
}
