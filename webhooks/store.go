package webhooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// fault says what failed. A refusal that a caller may hear passes as it is.
func fault(doing string, err error) error {
	if told := (*models.Error)(nil); errors.As(err, &told) {
		return err
	}
	return models.Fault(fmt.Errorf("%s: %w", doing, err))
}

// change runs f in a transaction that moves the epoch, so that every gateway hears of it. The epoch's row comes first:
// changes happen one after another and what f has read cannot change before it commits.
func (s *Service) change(ctx context.Context, doing string, f func(tx *gorm.DB) error) error {
	err := s.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
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
		return fault(doing, err)
	}
	s.presence.flush()
	return nil
}

var errEpoch = errors.New("the table webhook_epoch has lost its row")

func epoch(db *gorm.DB) (int64, error) {
	var epochs []int64
	err := db.Table("webhook_epoch").Where("one = 1").Pluck("epoch", &epochs).Error
	if err == nil && len(epochs) != 1 {
		err = errEpoch
	}
	if err != nil {
		return 0, err
	}
	return epochs[0], nil
}

// first gives the one row that a query finds, or NotFound with the given words.
func first[T any](query *gorm.DB, missing string) (row T, err error) {
	var rows []T
	if err := query.Limit(1).Find(&rows).Error; err != nil {
		return row, err
	}
	if len(rows) == 0 {
		return row, models.Fail(models.NotFound, missing)
	}
	return rows[0], nil
}

func ofEndpoint(db *gorm.DB, businessID, id string) *gorm.DB {
	return db.Model(&models.WebhookEndpoint{}).Where("business_id = ? AND id = ?", businessID, id)
}

func endpointByID(db *gorm.DB, businessID, id string) (models.WebhookEndpoint, error) {
	return first[models.WebhookEndpoint](ofEndpoint(db, businessID, id), "there is no such webhook endpoint")
}

func eventByID(db *gorm.DB, businessID, id string) (models.WebhookEvent, error) {
	return first[models.WebhookEvent](db.Where("business_id = ? AND id = ?", businessID, id), "there is no such event")
}

func countEndpoints(db *gorm.DB, businessID string) (n int64, err error) {
	err = db.Model(&models.WebhookEndpoint{}).Where("business_id = ?", businessID).Count(&n).Error
	return n, err
}

func disable(tx *gorm.DB, e models.WebhookEndpoint, why models.WebhookDisabled, at time.Time) error {
	return ofEndpoint(tx, e.BusinessID, e.ID).Updates(map[string]any{"disabled_at": at, "disabled_why": why}).Error
}

func anyEnabled(db *gorm.DB, businessID string, sandbox bool) (bool, error) {
	var ids []string
	err := db.Model(&models.WebhookEndpoint{}).Where("business_id = ? AND disabled_at IS NULL AND (NOT sandbox OR ?)", businessID, sandbox).
		Limit(1).Pluck("id", &ids).Error
	return len(ids) > 0, err
}
