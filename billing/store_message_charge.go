package billing

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

func insertMessage(tx *gorm.DB, c models.MessageCharge) error {
	if err := tx.Create(&c).Error; err != nil {
		return fmt.Errorf("write the charge: %w", err)
	}
	return nil
}

// heldMessage reads a charge that has not ended. ErrAlreadySettled: there is none any more.
func heldMessage(tx *gorm.DB, c models.MessageCharge) (models.MessageCharge, error) {
	found, err := rows.Maybe[models.MessageCharge](tx.Where("business_id = ? AND id = ? AND status = ?", c.BusinessID, c.ID, models.MessageHeld))
	switch {
	case err != nil:
		return c, fmt.Errorf("read the charge: %w", err)
	case found == nil:
		return c, ErrAlreadySettled
	}
	return *found, nil
}

// endMessage writes down how a charge ended.
func endMessage(tx *gorm.DB, c models.MessageCharge) error {
	if err := tx.Model(&c).Select("Status", "EndedAt").Updates(&c).Error; err != nil {
		return fmt.Errorf("write the charge: %w", err)
	}
	return nil
}

// forgottenMessages gives charges that are held though their time is over, at most sweepBatch.
func (t *Till) forgottenMessages(ctx context.Context) (left []models.MessageCharge, err error) {
	err = t.readAll(ctx).Where("status = ? AND expires_at < ?", models.MessageHeld, t.world.Now()).
		Order("expires_at").Limit(sweepBatch).Find(&left).Error
	if err != nil {
		return nil, fmt.Errorf("look for forgotten charges: %w", err)
	}
	return left, nil
}
