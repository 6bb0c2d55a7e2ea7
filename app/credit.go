package app

import (
	"context"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

// Credit adds money that a business has paid, once per reference, and notes who did it.
func (a *App) Credit(ctx context.Context, businessID, reference string, amount int64) (models.Wallet, error) {
	return a.Till.Credit(ctx, businessID, reference, amount, func(tx *gorm.DB) error {
		return a.Trail.NoteWith(tx, audit.Event{
			BusinessID: businessID, Action: "wallet.credited", Target: reference, Detail: audit.Details(map[string]any{"amount": amount}),
		})
	})
}
