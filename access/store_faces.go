package access

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

func clientByID(db *gorm.DB, face Face, clientID string) (*FaceClient, error) {
	found, err := first[FaceClient](db.Where("face = ? AND client_id = ? AND disabled_at IS NULL", face, clientID), "")
	if errors.Is(err, &models.Error{Code: models.NotFound}) {
		return nil, nil
	}
	return &found, err
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
