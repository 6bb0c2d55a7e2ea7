package staff

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// form is a form that was sent from a page. Answer is what it made, sealed, until it is shown.
type form struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	SessionID  string
	SentAt     time.Time
	ShownAt    time.Time
	Answer     []byte
}

// TableName is the table of forms.
func (form) TableName() string { return "staff_forms" }

func (f form) aad() string { return f.BusinessID + "/staff_forms/" + f.ID }

// mine finds the row of a form, for its own session only.
func (f form) mine(db *gorm.DB) *gorm.DB {
	return db.Model(&form{}).Where("business_id = ? AND id = ? AND session_id = ?", f.BusinessID, f.ID, f.SessionID)
}

func insertForm(db *gorm.DB, f form) (first bool, err error) {
	made := db.Clauses(clause.OnConflict{DoNothing: true}).Create(&f)
	return made.RowsAffected == 1, made.Error
}

func answerForm(db *gorm.DB, f form) error { return f.mine(db).Update("answer", f.Answer).Error }

func deleteForm(db *gorm.DB, f form) error { return f.mine(db).Delete(&form{}).Error }

// takeForm gives a form with its answer, which it clears.
func takeForm(db *gorm.DB, f form, now time.Time) (found form, err error) {
	err = db.Transaction(func(tx *gorm.DB) error {
		var rows []form
		if err := f.mine(tx).Clauses(clause.Locking{Strength: "UPDATE"}).Limit(1).Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 || !rows[0].ShownAt.IsZero() || now.Sub(rows[0].SentAt) > answerKeep {
			return models.Fail(models.NotFound, "there is nothing to show")
		}
		if found = rows[0]; found.Answer == nil {
			return models.Fail(models.InProgress, "it is still being made")
		}
		return f.mine(tx).Updates(map[string]any{"answer": nil, "shown_at": now}).Error
	})
	return found, err
}

// clearForms takes away answers that nobody came for, and forms whose sessions are over.
func clearForms(db *gorm.DB, now time.Time, life time.Duration) error {
	unseen := db.Model(&form{}).Where("answer IS NOT NULL AND sent_at <= ?", now.Add(-answerKeep)).Update("answer", nil)
	if unseen.Error != nil {
		return unseen.Error
	}
	return db.Where("sent_at <= ?", now.Add(-life)).Delete(&form{}).Error
}
