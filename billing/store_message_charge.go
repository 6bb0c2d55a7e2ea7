package billing

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

func insertCharge(tx *gorm.DB, c models.Charge) error {
	if err := tx.Create(&c).Error; err != nil {
		return fmt.Errorf("write the charge: %w", err)
	}
	return nil
}

// heldCharge reads a charge that has not ended. ErrAlreadySettled: there is none any more.
func heldCharge(tx *gorm.DB, c models.Charge) (models.Charge, error) {
	found, err := rows.Maybe[models.Charge](tx.Where("business_id = ? AND id = ? AND status = ?", c.BusinessID, c.ID, models.ChargeHeld))
	switch {
	case err != nil:
		return c, fmt.Errorf("read the charge: %w", err)
	case found == nil:
		return c, ErrAlreadySettled
	}
	return *found, nil
}

// endCharge writes down how a charge ended.
func endCharge(tx *gorm.DB, c models.Charge) error {
	if err := tx.Model(&c).Select("Status", "EndedAt").Updates(&c).Error; err != nil {
		return fmt.Errorf("write the charge: %w", err)
	}
	return nil
}

// forgottenCharges gives charges that are held though their time is over, at most sweepBatch.
func (t *Till) forgottenCharges(ctx context.Context) (left []models.Charge, err error) {
	err = t.readAll(ctx).Where("status = ? AND expires_at < ?", models.ChargeHeld, t.world.Now()).
		Order("expires_at").Limit(sweepBatch).Find(&left).Error
	if err != nil {
		return nil, fmt.Errorf("look for forgotten charges: %w", err)
	}
	return left, nil
}
