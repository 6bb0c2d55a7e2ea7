package batches

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// EraseNumber takes away the rows of a number that were not asked yet. It joins the transaction that erases the person.
func EraseNumber(tx *gorm.DB, businessID string, index []byte) error {
	var gone []Row
	err := tx.Select("business_id", "batch_id", "number").Where("business_id = ? AND number_index = ? AND outcome = ''", businessID, index).Find(&gone).Error
	for _, r := range gone {
		changed := tx.Model(&Row{}).Where("business_id = ? AND batch_id = ? AND number = ? AND outcome = ''", businessID, r.BatchID, r.Number).
			Updates(map[string]any{"input": nil, "outcome": erased})
		if err = changed.Error; err == nil && changed.RowsAffected == 1 {
			err = tx.Model(&Batch{}).Where("business_id = ? AND id = ?", businessID, r.BatchID).Update("erased", gorm.Expr("erased + 1")).Error
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("erase rows of batches: %w", err)
	}
	return nil
}

// Clear takes away batches that have ended long ago, and what a crash left half stored.
func (s *Service) Clear(ctx context.Context) error {
	now := s.World.Now()
	var old []Batch
	err := s.all(ctx).Where("ended_at < ? OR state = ? AND lease_until < ?", now.Add(-s.Keep), Loading, now).Limit(clearPart).Find(&old).Error
	if err != nil {
		return models.Fault(fmt.Errorf("look for old batches: %w", err))
	}
	for _, b := range old {
		for {
			gone := s.of(ctx, b.BusinessID).Exec(`DELETE FROM batch_rows WHERE business_id = ? AND batch_id = ? AND number IN (
				SELECT number FROM batch_rows WHERE business_id = ? AND batch_id = ? ORDER BY number LIMIT ?)`, b.BusinessID, b.ID, b.BusinessID, b.ID, loadPart)
			if gone.Error != nil {
				return models.Fault(gone.Error)
			}
			if gone.RowsAffected < loadPart {
				break
			}
		}
		if err := s.of(ctx, b.BusinessID).Where("business_id = ? AND id = ?", b.BusinessID, b.ID).Delete(&Batch{}).Error; err != nil {
			return models.Fault(err)
		}
	}
	return nil
}

// clearPart is how many batches one round clears away.
const clearPart = 20
