package webhooks

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// of gives the database in which the rows of a business lie. Every database call about one business asks it.
func (s *Service) of(ctx context.Context, _ string) *gorm.DB { return s.primary.WithContext(ctx) }

// readOf is of for reading alone. What it shows may be a moment old.
func (s *Service) readOf(ctx context.Context, _ string) *gorm.DB { return s.replica.WithContext(ctx) }

// all is where the rows of every business are written, and what concerns all of them: the epoch.
func (s *Service) all(ctx context.Context) *gorm.DB { return s.primary.WithContext(ctx) }

// readAll is all for reading alone. What it shows may be a moment old.
func (s *Service) readAll(ctx context.Context) *gorm.DB { return s.replica.WithContext(ctx) }

// change runs f in a transaction that moves the epoch, so that every gateway notices it. It writes the epoch's row
// first. Changes therefore happen one after another, and what f has read cannot change before it commits.
func (s *Service) change(ctx context.Context, doing string, f func(tx *gorm.DB) error) error {
	err := s.all(ctx).Transaction(func(tx *gorm.DB) error {
		bumped := tx.Exec("UPDATE webhook_epoch SET epoch = epoch + 1 WHERE one = 1")
		if bumped.Error != nil {
			return bumped.Error
		}
		if bumped.RowsAffected != 1 {
			return errEpoch
		}
		return f(tx)
	})
	if err != nil {
		return models.FaultIn(doing, err)
	}
	s.presence.flush()
	return nil
}

var errEpoch = errors.New("the table webhook_epoch has lost its row")

func ofEndpoint(db *gorm.DB, businessID, id string) *gorm.DB {
	return db.Model(&models.WebhookEndpoint{}).Where("business_id = ? AND id = ?", businessID, id)
}

func endpointByID(db *gorm.DB, businessID, id string) (models.WebhookEndpoint, error) {
	return rows.First[models.WebhookEndpoint](ofEndpoint(db, businessID, id), "there is no such webhook endpoint")
}

func countEndpoints(db *gorm.DB, businessID string) (n int64, err error) {
	err = db.Model(&models.WebhookEndpoint{}).Where("business_id = ?", businessID).Count(&n).Error
	return n, err
}

func disable(tx *gorm.DB, e models.WebhookEndpoint, why models.WebhookDisabled, at time.Time) error {
	return ofEndpoint(tx, e.BusinessID, e.ID).Updates(map[string]any{"disabled_at": at, "disabled_why": why}).Error
}

func enable(tx *gorm.DB, businessID, id string) error {
	return ofEndpoint(tx, businessID, id).Updates(map[string]any{"disabled_at": nil, "disabled_why": ""}).Error
}

func insertEndpoint(tx *gorm.DB, e models.WebhookEndpoint) error { return tx.Create(&e).Error }

func deleteEndpoint(tx *gorm.DB, businessID, id string) error {
	return ofEndpoint(tx, businessID, id).Delete(&models.WebhookEndpoint{}).Error
}

// updateSecrets gives an endpoint its new secret, and the old one for as long as both sign.
func updateSecrets(tx *gorm.DB, e models.WebhookEndpoint) error {
	return ofEndpoint(tx, e.BusinessID, e.ID).Select("Secret", "Previous", "PreviousUntil").Updates(e).Error
}

// forgetSecrets takes away the old secrets whose overlap is over.
func (s *Service) forgetSecrets(ctx context.Context, now time.Time) error {
	return s.all(ctx).Model(&models.WebhookEndpoint{}).Where("previous_until <= ?", now).
		Updates(map[string]any{"previous": nil, "previous_until": nil}).Error
}

func (s *Service) endpoint(ctx context.Context, businessID, id string) (models.WebhookEndpoint, error) {
	return endpointByID(s.readOf(ctx, businessID), businessID, id)
}

func (s *Service) endpointsOf(ctx context.Context, businessID string) (list []models.WebhookEndpoint, err error) {
	err = s.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("id").Limit(maxEndpoints).Find(&list).Error
	return list, err
}

func (s *Service) event(ctx context.Context, businessID, id string) (models.WebhookEvent, error) {
	query := s.readOf(ctx, businessID).Table("webhook_events v").Where("business_id = ? AND id = ?", businessID, id).
		Select("business_id, id, type, lookup_id, sandbox, created_at, CASE WHEN " + leaving + " THEN NULL ELSE payload END AS payload")
	return rows.First[models.WebhookEvent](query, "there is no such event")
}

func (s *Service) anyEnabled(ctx context.Context, businessID string, sandbox bool) (bool, error) {
	var ids []string
	err := s.readOf(ctx, businessID).Model(&models.WebhookEndpoint{}).Where("business_id = ? AND disabled_at IS NULL AND (NOT sandbox OR ?)", businessID, sandbox).
		Limit(1).Pluck("id", &ids).Error
	return len(ids) > 0, err
}

func (s *Service) readEpoch(ctx context.Context) (int64, error) {
	var epochs []int64
	err := s.readAll(ctx).Table("webhook_epoch").Where("one = 1").Pluck("epoch", &epochs).Error
	if err == nil && len(epochs) != 1 {
		err = errEpoch
	}
	if err != nil {
		return 0, err
	}
	return epochs[0], nil
}
