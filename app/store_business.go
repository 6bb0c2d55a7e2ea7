package app

import (
	"gorm.io/gorm"

	"whoseline/billing"
	"whoseline/lookup"
	"whoseline/storage"
)

// Begin gives what writes the beginning of a business: its wallet, and its chain of consents.
func Begin(keys *storage.Keyring) func(tx *gorm.DB, businessID string) error {
	return func(tx *gorm.DB, businessID string) error {
		wallet := billing.EmptyWallet(keys, businessID)
		if err := tx.Create(&wallet).Error; err != nil {
			return err
		}
		return lookup.BeginConsents(tx, keys, businessID)
	}
}
