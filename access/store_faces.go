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
func (s store) client(ctx context.Context, face Face, clientID string) (*FaceClient, error) {
	return rows.Maybe[FaceClient](s.readAll(ctx).Where("face = ? AND client_id = ? AND disabled_at IS NULL", face, clientID))
}

// clients gives a business's clients, newest first, those that are disabled too.
func (s store) clients(ctx context.Context, businessID string) (list []FaceClient, err error) {
	return list, s.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("created_at DESC, face, client_id").
		Limit(maxListed).Find(&list).Error
}

func (s store) openClients(ctx context.Context, businessID string, face Face) ([]FaceClient, error) {
	return openClients(s.readOf(ctx, businessID), businessID, face)
}

func openClients(db *gorm.DB, businessID string, face Face) (list []FaceClient, err error) {
	err = db.Where("business_id = ? AND face = ? AND disabled_at IS NULL", businessID, face).Order("client_id").
		Limit(maxClients).Find(&list).Error
	return list, err
}

// insertClient keeps the number of clients bounded: changes happen one after another.
func insertClient(tx *gorm.DB, c FaceClient) error {
	open, err := openClients(tx, c.BusinessID, c.Face)
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

func disableClients(tx *gorm.DB, which FaceClient, at time.Time) error {
	query := tx.Model(&FaceClient{}).Where("business_id = ? AND face = ? AND disabled_at IS NULL", which.BusinessID, which.Face)
	if which.ClientID != "" {
		query = query.Where("client_id = ?", which.ClientID)
	}
	done := query.Update("disabled_at", at)
	if done.Error == nil && done.RowsAffected == 0 {
		return models.Fail(models.NotFound, "there is no such client in use")
	}
	return done.Error
}
