package audit

import (
	"errors"

	"gorm.io/gorm"
)

// eventRow is an event as it is stored.
type eventRow struct {
	Event
	Link []byte
}

// TableName is the table of events.
func (eventRow) TableName() string { return "trail_events" }

// headRow is the number of a business's newest event and its seal.
type headRow struct {
	BusinessID string `gorm:"primaryKey"`
	Seq        int64
	Seal       []byte
}

// TableName is the table of heads.
func (headRow) TableName() string { return "trail_heads" }

// lockHead locks a business's head, which it makes as given if there is none, and gives it. The update that changes
// nothing is what takes the lock.
func lockHead(tx *gorm.DB, fresh headRow) (head headRow, err error) {
	err = tx.Raw(`INSERT INTO trail_heads (business_id, seq, seal) VALUES (?, 0, ?)
		ON CONFLICT (business_id) DO UPDATE SET seq = trail_heads.seq RETURNING business_id, seq, seal`,
		fresh.BusinessID, fresh.Seal).Scan(&head).Error
	if err == nil && head.BusinessID != fresh.BusinessID {
		err = errors.New("the head of the audit trail was not given")
	}
	return head, err
}

func moveHead(tx *gorm.DB, head headRow) error {
	return tx.Model(&headRow{}).Where("business_id = ?", head.BusinessID).
		Updates(map[string]any{"seq": head.Seq, "seal": head.Seal}).Error
}

func page(db *gorm.DB, businessID string, before int64, limit int) (rows []eventRow, err error) {
	query := db.Where("business_id = ?", businessID)
	if before > 0 {
		query = query.Where("seq < ?", before)
	}
	return rows, query.Order("seq DESC").Limit(limit).Find(&rows).Error
}
