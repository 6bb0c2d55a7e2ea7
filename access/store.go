package access

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/settings"
)

// store holds the room's only database calls. Reads go to read; a change runs in one transaction on db that also
// moves the epoch.
type store struct {
	db   *gorm.DB
	read *gorm.DB
}

// change runs f in a transaction that moves the epoch. The epoch's row comes first, so that changes happen one after
// another and what f has read cannot change before it commits.
func (s store) change(ctx context.Context, doing string, f func(tx *gorm.DB) error) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		bumped := tx.Exec("UPDATE access_epoch SET epoch = epoch + 1 WHERE one = 1")
		if bumped.Error != nil {
			return bumped.Error
		}
		if bumped.RowsAffected != 1 {
			return errors.New("the table access_epoch has lost its row")
		}
		return f(tx)
	})
	if err != nil {
		return models.FaultIn(doing, err)
	}
	return nil
}

func (s store) epoch(ctx context.Context) (int64, error) {
	var epochs []int64
	err := s.read.WithContext(ctx).Table("access_epoch").Where("one = 1").Pluck("epoch", &epochs).Error
	if err == nil && len(epochs) != 1 {
		err = errors.New("the table access_epoch has lost its row")
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

func businessByID(db *gorm.DB, id string) (Business, error) {
	return first[Business](db.Where("id = ?", id), "there is no such business")
}

func keyByID(db *gorm.DB, id string) (models.Key, error) {
	return first[models.Key](db.Where("id = ?", id), "there is no such key")
}

func keyByHash(db *gorm.DB, hash digest) (models.Key, error) {
	return first[models.Key](db.Where("hash = ?", hash[:]), "there is no such key")
}

func page[T any](query *gorm.DB, p models.Page) (rows []T, err error) {
	err = query.Where("id > ?", p.After).Order("id").Limit(p.Size() + 1).Find(&rows).Error
	return rows, err
}

func insertKey(tx *gorm.DB, k models.Key) error {
	err := tx.Create(&k).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Fail(models.Conflict, "there is a key with this token already")
	}
	return err
}

func insertBusiness(tx *gorm.DB, b Business) error {
	if err := tx.Create(&b).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Fail(models.Conflict, "there is a business with this id already")
	} else if err != nil {
		return err
	}
	return nil
}

func updateSettings(tx *gorm.DB, id string, s settings.Choices) error {
	return tx.Model(&Business{}).Where("id = ?", id).Select("Settings").
		Updates(Business{Settings: s}).Error
}

func setKeyTime(tx *gorm.DB, id, column string, at time.Time) error {
	return tx.Model(&models.Key{}).Where("id = ?", id).Update(column, at).Error
}
