package lookup

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// recent is the row of an answer that may be given again. ID is a keyed hash of what was asked.
type recent struct {
	BusinessID  string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	NumberIndex []byte
	DataKey     []byte
	Sealed      []byte
	ExpiresAt   time.Time
}

// TableName is the table of answers that may be given again.
func (recent) TableName() string { return "recent_answers" }

// aad binds the key to its row.
func (r recent) aad() string { return r.BusinessID + "/recent/" + r.ID }

// recents gives the answers of some names that may still be given, those first that may be given for longest.
func (s *Service) recents(ctx context.Context, businessID string, names ...string) (rows []recent, err error) {
	ctx, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	err = s.readOf(ctx, businessID).Where("business_id = ? AND id IN ? AND expires_at > ?", businessID, names, s.world.Now()).
		Order("expires_at DESC").Limit(2).Find(&rows).Error
	return rows, err
}

// storeRecent keeps a lookup's answer, unless its person has been erased.
func (s *Service) storeRecent(ctx context.Context, lookupID string, row recent) error {
	ctx, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	if err := s.of(ctx, row.BusinessID).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
		return err
	}
	return s.dropErased(ctx, lookupID, row)
}

// dropErased drops an answer whose person was erased while it was on its way. An erasure destroys the lookup's key, or is
// written down, before it drops answers: either it has seen this one, or the lookup is not readable by now.
func (s *Service) dropErased(ctx context.Context, lookupID string, row recent) error {
	var kept int64
	err := s.of(ctx, row.BusinessID).Model(&models.Lookup{}).
		Where("business_id = ? AND id = ?", row.BusinessID, lookupID).Where(readable).Count(&kept).Error
	if err != nil || kept > 0 {
		return err
	}
	return s.of(ctx, row.BusinessID).Where("business_id = ? AND id = ? AND data_key = ?", row.BusinessID, row.ID, row.DataKey).
		Delete(&recent{}).Error
}

// forgetWithdrawn drops one business's recent answers about a number, in the transaction of the withdrawal.
func forgetWithdrawn(tx *gorm.DB, businessID string, number []byte) error {
	return tx.Where("business_id = ? AND number_index = ?", businessID, number).Delete(&recent{}).Error
}

// forgetBatch bounds how many answers one statement drops.
const forgetBatch = 5000

// ForgetExpired drops the answers that may not be given any more, and gives how many there were. It may run in every
// gateway at once.
func (s *Service) ForgetExpired(ctx context.Context) (forgotten int64, err error) {
	for {
		gone := s.all(ctx).Exec(`DELETE FROM recent_answers WHERE (business_id, id) IN
			(SELECT business_id, id FROM recent_answers WHERE expires_at <= ? LIMIT ?)`, s.world.Now(), forgetBatch)
		if forgotten += gone.RowsAffected; gone.Error != nil {
			return forgotten, fmt.Errorf("forget expired answers: %w", gone.Error)
		}
		if gone.RowsAffected < forgetBatch {
			return forgotten, nil
		}
	}
}
