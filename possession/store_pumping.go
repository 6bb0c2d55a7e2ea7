package possession

import (
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// add adds to rows of the history. Only sums of a few rows are ever read.
func add(tx *gorm.DB, rows []bucket) error {
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "business_id"}, {Name: "scope"}, {Name: "name"}, {Name: "hour"}},
		DoUpdates: clause.Set{
			{Column: clause.Column{Name: "sent"}, Value: gorm.Expr("possession_history.sent + excluded.sent")},
			{Column: clause.Column{Name: "verified"}, Value: gorm.Expr("possession_history.verified + excluded.verified")},
		},
	}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// sweepHistory deletes the hours and days that are not read any more.
func sweepHistory(db *gorm.DB, now time.Time) error {
	hour := hourOf(now)
	return db.Where("scope IN ? AND hour < ? OR scope IN ? AND hour < ?",
		[]string{scopeCountry, scopeBlock, scopeIP}, hour-2*hoursADay,
		[]string{scopeCountryDays, scopeBlockDays}, dayOf(hour)-historyDays*hoursADay).Delete(&bucket{}).Error
}
