package possession

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"whoseline/models"
)

// TestNumber is a number of a business with a fixed code, to which nothing is ever sent. Only sandbox keys know it, and
// no limit counts it.
type TestNumber struct {
	BusinessID string
	Phone      models.Phone
	Code       string
	Until      time.Time // zero = for ever
}

// testSecret is what is sealed of a test number.
type testSecret struct {
	Phone string `json:"phone"` // digits
	Code  string `json:"code"`
}

const maxTestNumbers = 100

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// SetTestNumber makes a number a test number, or gives it another code or end. Errors: models.Invalid, Conflict when
// the business has the most that it may.
func (s *Service) SetTestNumber(ctx context.Context, n TestNumber) error {
	if !sixDigits.MatchString(n.Code) {
		return models.BadField("code", "code must be six digits")
	}
	row := testNumber{BusinessID: n.BusinessID, ID: s.testNumberID(n.Phone), Until: n.Until}
	others, err := s.otherTestNumbers(ctx, row)
	if err != nil {
		return models.FaultIn("count the test numbers", err)
	}
	if others >= maxTestNumbers {
		return models.Fail(models.Conflict, fmt.Sprintf("a business has at most %d test numbers", maxTestNumbers))
	}
	plain, err := json.Marshal(testSecret{n.Phone.Digits(), n.Code})
	if err != nil {
		return models.FaultIn("write the test number", err)
	}
	row.Sealed = s.box.Seal(row.aad(), plain)
	return models.FaultIn("store the test number", s.keepTestNumber(ctx, row))
}

// TestNumbers lists a business's test numbers, expired ones included.
func (s *Service) TestNumbers(ctx context.Context, businessID string) ([]TestNumber, error) {
	rows, err := s.testNumbers(ctx, businessID)
	if err != nil {
		return nil, models.FaultIn("list the test numbers", err)
	}
	list := make([]TestNumber, len(rows))
	for i, row := range rows {
		if list[i], err = s.unsealTestNumber(row); err != nil {
			return nil, models.FaultIn("open a test number", err)
		}
	}
	return list, nil
}

// DeleteTestNumber makes a test number an ordinary one. Errors: models.NotFound.
func (s *Service) DeleteTestNumber(ctx context.Context, businessID string, p models.Phone) error {
	found, err := s.deleteTestNumber(ctx, testNumber{BusinessID: businessID, ID: s.testNumberID(p)})
	if err == nil && !found {
		return models.Fail(models.NotFound, "it is no test number")
	}
	return models.FaultIn("delete the test number", err)
}

func (s *Service) testNumberID(p models.Phone) string { return hexText(s.numberIndex(p, true)) }

func (s *Service) unsealTestNumber(row testNumber) (n TestNumber, err error) {
	plain, err := s.box.Open(row.aad(), row.Sealed)
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
func (s *Service) testCode(d *lockedSubject, p models.Phone) (code string, test bool, err error) {
	if !d.who.Sandbox || s.box == nil {
		return "", false, nil
	}
	row, err := d.testNumber(s.testNumberID(p))
	if err != nil || row == nil || !row.Until.IsZero() && !d.now.Before(row.Until) {
		return "", false, err
	}
	n, err := s.unsealTestNumber(*row)
	return n.Code, err == nil, err
}
