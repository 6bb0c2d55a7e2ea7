package access

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// client gives a client that is in use; nil when there is none.
func (s store) client(ctx context.Context, dialect Dialect, clientID string) (*PartnerClient, error) {
	return rows.Maybe[PartnerClient](s.readAll(ctx).Where("face = ? AND client_id = ? AND disabled_at IS NULL", dialect, clientID))
}

// clients gives a business's clients, newest first, those that are disabled too.
func (s store) clients(ctx context.Context, businessID string) (list []PartnerClient, err error) {
	return list, s.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("created_at DESC, face, client_id").
		Limit(maxListed).Find(&list).Error
}

func (s store) openClients(ctx context.Context, businessID string, dialect Dialect) ([]PartnerClient, error) {
	return openClients(s.readOf(ctx, businessID), businessID, dialect)
}

func openClients(db *gorm.DB, businessID string, dialect Dialect) (list []PartnerClient, err error) {
	err = db.Where("business_id = ? AND face = ? AND disabled_at IS NULL", businessID, dialect).Order("client_id").
		Limit(maxClients).Find(&list).Error
	return list, err
}

// insertClient keeps the number of clients bounded: changes happen one after another.
func insertClient(tx *gorm.DB, c PartnerClient) error {
	open, err := openClients(tx, c.BusinessID, c.Dialect)
	if err != nil {
		return err
	}
	if len(open) >= maxClients {
		return models.Fail(models.Conflict, "there are as many clients of this face as there may be: disable one first")
	}
	err = tx.Create(&c).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Fail(models.Conflict, "there is a client with this id already")
	}
	return err
}

func disableClients(tx *gorm.DB, which PartnerClient, at time.Time) error {
	query := tx.Model(&PartnerClient{}).Where("business_id = ? AND face = ? AND disabled_at IS NULL", which.BusinessID, which.Dialect)
	if which.ClientID != "" {
		query = query.Where("client_id = ?", which.ClientID)
	}
	done := query.Update("disabled_at", at)
	if done.Error == nil && done.RowsAffected == 0 {
		return models.Fail(models.NotFound, "there is no such client in use")
	}
	return done.Error
}
