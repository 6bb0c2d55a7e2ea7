package possession

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"whoseline/storage/rows"
)

// testNumber is its row. The id is the number's blind index in the sandbox.
type testNumber struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Sealed     []byte
	Until      time.Time
}

// TableName is the table of test numbers.
func (testNumber) TableName() string { return "possession_test_numbers" }

func (t testNumber) aad() string { return t.BusinessID + "/test_number/" + t.ID }

func (s *Service) testNumbers(ctx context.Context, businessID string) (list []testNumber, err error) {
	return list, s.readOf(ctx, businessID).Where("business_id = ?", businessID).
		Order("id").Limit(maxTestNumbers).Find(&list).Error
}

// testNumber gives a test number of the subject's business; nil when there is none.
func (d *lockedSubject) testNumber(id string) (*testNumber, error) {
	return rows.Maybe[testNumber](d.tx.Where("business_id = ? AND id = ?", d.who.BusinessID, id))
}

// otherTestNumbers tells how many other test numbers a business has.
func (s *Service) otherTestNumbers(ctx context.Context, row testNumber) (others int64, err error) {
	return others, s.readOf(ctx, row.BusinessID).Model(&row).
		Where("business_id = ? AND id <> ?", row.BusinessID, row.ID).Count(&others).Error
}

// keepTestNumber stores a test number in place of the one before.
func (s *Service) keepTestNumber(ctx context.Context, row testNumber) error {
	return s.of(ctx, row.BusinessID).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"sealed", "until"}),
	}).Create(&row).Error
}

func (s *Service) deleteTestNumber(ctx context.Context, row testNumber) (found bool, err error) {
	gone := s.of(ctx, row.BusinessID).Delete(&row)
	return gone.RowsAffected == 1, gone.Error
}
