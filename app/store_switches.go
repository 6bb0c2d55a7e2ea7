package app

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/access"
)

// switchStore keeps which sources are switched off.
type switchStore struct{ app *App }

func (a *App) switches() switchStore { return switchStore{a} }

// set writes a switch and tells of it in the same transaction. The trail is locked first, so that switches happen one after another.
func (s switchStore) set(ctx context.Context, one sourceSwitch, told func(tx *gorm.DB) error) error {
	return s.app.DB.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.app.Trail.Lock(tx, access.OperatorTrail); err != nil {
			return err
		}
		err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "source"}}, UpdateAll: true}).Create(&one).Error
		if err != nil {
			return err
		}
		return told(tx)
	})
}

// all gives every switch. There are no more than sources that were ever named.
func (s switchStore) all(ctx context.Context) (list []sourceSwitch, err error) {
	return list, s.app.DB.Gorm.WithContext(ctx).Order("source").Find(&list).Error
}
