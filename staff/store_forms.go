package staff

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/storage/rows"
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

func (u *Users) insertForm(ctx context.Context, f form) (first bool, err error) {
	made := u.of(ctx, f.BusinessID).Clauses(clause.OnConflict{DoNothing: true}).Create(&f)
	return made.RowsAffected == 1, made.Error
}

func (u *Users) answerForm(ctx context.Context, f form) error {
	return f.mine(u.of(ctx, f.BusinessID)).Update("answer", f.Answer).Error
}

func (u *Users) deleteForm(ctx context.Context, f form) error {
	return f.mine(u.of(ctx, f.BusinessID)).Delete(&form{}).Error
}

// takeForm gives a form with its answer, which it clears.
func (u *Users) takeForm(ctx context.Context, f form, now time.Time) (found form, err error) {
	err = u.of(ctx, f.BusinessID).Transaction(func(tx *gorm.DB) error {
		var sent []form
		if err := f.mine(tx).Clauses(clause.Locking{Strength: "UPDATE"}).Limit(1).Find(&sent).Error; err != nil {
			return err
		}
		if len(sent) == 0 || !sent[0].ShownAt.IsZero() || now.Sub(sent[0].SentAt) > answerKeep {
			return models.Fail(models.NotFound, "there is nothing to show")
		}
		if found = sent[0]; found.Answer == nil {
			return models.Fail(models.InProgress, "it is still being made")
		}
		return f.mine(tx).Updates(map[string]any{"answer": nil, "shown_at": now}).Error
	})
	return found, err
}

// keptForm gives a row that keeps something to be read again and again.
func (u *Users) keptForm(ctx context.Context, f form) (form, error) {
	kept := f.mine(u.of(ctx, f.BusinessID)).Where("answer IS NOT NULL AND shown_at IS NOT NULL")
	return rows.First[form](kept, "nothing is kept under this id")
}

// clearForms takes away answers that nobody came for, and forms whose sessions are over.
func (u *Users) clearForms(ctx context.Context, now time.Time, life time.Duration) error {
	db := u.all(ctx)
	unseen := db.Model(&form{}).Where("answer IS NOT NULL AND shown_at IS NULL AND sent_at <= ?", now.Add(-answerKeep)).Update("answer", nil)
	if unseen.Error != nil {
		return unseen.Error
	}
	return db.Where("sent_at <= ?", now.Add(-life)).Delete(&form{}).Error
}
