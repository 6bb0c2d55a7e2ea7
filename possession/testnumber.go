package possession

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// TestNumber is a number of a business whose code is always the same and to which nothing is ever sent. Only sandbox
// keys know it, and no limit counts it.
type TestNumber struct {
	BusinessID string
	Phone      models.Phone
	Code       string
	Until      time.Time // zero = for ever
}

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

// testSecret is what is sealed of a test number.
type testSecret struct {
	Phone string `json:"phone"` // digits
	Code  string `json:"code"`
}

const maxTestNumbers = 100

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// SetTestNumber makes a number a test number, or gives it another code or end. Errors: models.Invalid, Conflict when the
// business has as many as it may.
func (s *Service) SetTestNumber(ctx context.Context, n TestNumber) error {
	if !sixDigits.MatchString(n.Code) {
		return models.BadField("code", "code must be six digits")
	}
	row := testNumber{BusinessID: n.BusinessID, ID: s.testNumberID(n.Phone), Until: n.Until}
	var others int64
	err := s.Read.WithContext(ctx).Model(&row).Where("business_id = ? AND id <> ?", row.BusinessID, row.ID).Count(&others).Error
	if err != nil {
		return fault("count the test numbers", err)
	}
	if others >= maxTestNumbers {
		return models.Fail(models.Conflict, fmt.Sprintf("a business has at most %d test numbers", maxTestNumbers))
	}
	plain, err := json.Marshal(testSecret{n.Phone.Digits(), n.Code})
	if err != nil {
		return fault("write the test number", err)
	}
	row.Sealed = s.Box.Seal(row.aad(), plain)
	return fault("store the test number", s.DB.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"sealed", "until"}),
	}).Create(&row).Error)
}

// TestNumbers lists a business's test numbers, also those whose time is over.
func (s *Service) TestNumbers(ctx context.Context, businessID string) ([]TestNumber, error) {
	var rows []testNumber
	err := s.Read.WithContext(ctx).Where("business_id = ?", businessID).Order("id").Limit(maxTestNumbers).Find(&rows).Error
	if err != nil {
		return nil, fault("list the test numbers", err)
	}
	list := make([]TestNumber, len(rows))
	for i, row := range rows {
		if list[i], err = s.unsealTestNumber(row); err != nil {
			return nil, fault("open a test number", err)
		}
	}
	return list, nil
}

// DeleteTestNumber makes a test number one like all others. Errors: models.NotFound.
func (s *Service) DeleteTestNumber(ctx context.Context, businessID string, p models.Phone) error {
	gone := s.DB.WithContext(ctx).Delete(&testNumber{BusinessID: businessID, ID: s.testNumberID(p)})
	if gone.Error == nil && gone.RowsAffected == 0 {
		return models.Fail(models.NotFound, "it is no test number")
	}
	return fault("delete the test number", gone.Error)
}

func (s *Service) testNumberID(p models.Phone) string { return hexText(s.numberIndex(p, true)) }

func (s *Service) unsealTestNumber(row testNumber) (n TestNumber, err error) {
	plain, err := s.Box.Open(row.aad(), row.Sealed)
	if err != nil {
		return n, err
	}
	var f testSecret
	if err := json.Unmarshal(plain, &f); err != nil {
		return n, fmt.Errorf("read test number %s: not what was sealed", row.ID)
	}
	return TestNumber{BusinessID: row.BusinessID, Phone: models.PhoneFromE164(f.Phone), Code: f.Code, Until: row.Until}, nil
}

// testCode gives the fixed code of a test number, which only sandbox keys have.
func (s *Service) testCode(tx *gorm.DB, who Who, p models.Phone, now time.Time) (code string, test bool, err error) {
	if !who.Sandbox || s.Box == nil {
		return "", false, nil
	}
	var rows []testNumber
	err = tx.Where("business_id = ? AND id = ?", who.BusinessID, s.testNumberID(p)).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 || !rows[0].Until.IsZero() && !now.Before(rows[0].Until) {
		return "", false, err
	}
	n, err := s.unsealTestNumber(rows[0])
	return n.Code, err == nil, err
}
