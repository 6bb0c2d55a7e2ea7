package staff

import (
	"context"
	"crypto/sha256"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// maxKeys bounds how many operator keys there may be, revoked ones included.
const maxKeys = 1000

func insertKey(tx *gorm.DB, k Key) error {
	var n int64
	if err := tx.Model(&Key{}).Count(&n).Error; err != nil {
		return err
	}
	if n >= maxKeys {
		return models.Fail(models.Conflict, "there are as many operator keys as there may be")
	}
	return tx.Create(&k).Error
}

func keyByID(tx *gorm.DB, id string) (Key, error) {
	if !models.IsVisible(id) || len(id) > models.MaxID {
		return Key{}, models.Fail(models.NotFound, "there is no such operator key")
	}
	return rows.First[Key](tx.Where("id = ?", id), "there is no such operator key")
}

func setKeyRevoked(tx *gorm.DB, k Key) error {
	return tx.Model(&Key{}).Where("id = ?", k.ID).Update("revoked_at", k.RevokedAt).Error
}

func (u *Users) keyByHash(ctx context.Context, hash [sha256.Size]byte) (*Key, error) {
	return rows.Maybe[Key](u.readAll(ctx).Where("hash = ?", hash[:]))
}

func (u *Users) everyKey(ctx context.Context) (list []Key, err error) {
	return list, u.readAll(ctx).Order("created_at, id").Limit(maxKeys).Find(&list).Error
}
