package billing

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// heldMessages reads those of some charges that have not ended, by their ids.
func heldMessages(tx *gorm.DB, business string, asked []models.MessageCharge) (map[string]models.MessageCharge, error) {
	ids := make([]string, len(asked))
	for i, c := range asked {
		ids[i] = c.ID
	}
	var found []models.MessageCharge
	err := tx.Where("business_id = ? AND id IN ? AND status = ?", business, ids, models.MessageHeld).Limit(len(ids)).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("read the charges: %w", err)
	}
	held := make(map[string]models.MessageCharge, len(found))
	for _, c := range found {
		held[c.ID] = c
	}
	return held, nil
}

// endMessages writes down how charges of one business ended.
func endMessages(tx *gorm.DB, business string, ended []models.MessageCharge) error {
	ids := map[models.MessageChargeStatus][]string{}
	for _, c := range ended {
		ids[c.Status] = append(ids[c.Status], c.ID)
	}
	for status, those := range ids {
		err := tx.Model(&models.MessageCharge{}).Where("business_id = ? AND id IN ?", business, those).
			Updates(map[string]any{"status": status, "ended_at": ended[0].EndedAt}).Error
		if err != nil {
			return fmt.Errorf("write the charges: %w", err)
		}
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
