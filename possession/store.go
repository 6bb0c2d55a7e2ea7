package possession

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// of is where the rows of a business are read and written. Every database call about one business asks here, so that
// one place decides where the rows lie.
func (s *Service) of(ctx context.Context, _ string) *gorm.DB { return s.primary.WithContext(ctx) }

// readOf is of for reading alone. It may be a moment behind.
func (s *Service) readOf(ctx context.Context, _ string) *gorm.DB { return s.replica.WithContext(ctx) }

// all is where the rows of every business are written: by a sweep, or for reports that name no business.
func (s *Service) all(ctx context.Context) *gorm.DB { return s.primary.WithContext(ctx) }

// forUpdate locks the rows that a query reads.
var forUpdate = clause.Locking{Strength: "UPDATE"}

// taken tells whether another subject of the business holds a number exclusively, for policies that ask for it.
func (s *Service) taken(d *lockedSubject, p models.Phone, policy Policy) (bool, error) {
	if !policy.Exclusive {
		return false, nil
	}
	var others int64
	err := d.tx.Model(&models.SubjectNumber{}).Where("business_id = ? AND number_index = ? AND claimed AND subject <> ?",
		d.who.BusinessID, s.numberIndex(p, d.who.Sandbox), d.who.key()).Limit(1).Count(&others).Error
	return others > 0, err
}

func subjectOf(db *gorm.DB, who Who) (subject models.Subject, err error) {
	err = db.Where("business_id = ? AND id = ? AND data_key IS NOT NULL", who.BusinessID, who.key()).Take(&subject).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = errNotFound
	}
	return subject, err
}

// numbersOf gives a subject's numbers in the order in which they were added: ids grow with time.
func numbersOf(db *gorm.DB, who Who) (numbers []models.SubjectNumber, err error) {
	err = db.Where("business_id = ? AND subject = ?", who.BusinessID, who.key()).Order("added_at, id").
		Limit(models.MaxNumbers).Find(&numbers).Error
	return numbers, err
}

// find reads a subject without locking it. It may be a moment behind.
func (s *Service) find(ctx context.Context, who Who) (h Holder, err error) {
	if !who.known() {
		return h, errNotFound
	}
	own, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	subject, err := subjectOf(s.readOf(own, who.BusinessID), who)
	if err != nil {
		return h, models.FaultIn("read the subject", err)
	}
	numbers, err := numbersOf(s.readOf(own, who.BusinessID), who)
	if err != nil {
		return h, models.FaultIn("read the numbers", err)
	}
	key, err := s.vault.OpenKey(subject.DataKey, who.aad())
	if err != nil {
		return h, models.FaultIn("open the subject's key", err)
	}
	h, err = openHolder(who, subject, numbers, key)
	return h, models.FaultIn("lay the subject open", err)
}

// Events gives a subject's events, oldest first, after a sequence number: at most 100.
func (s *Service) Events(ctx context.Context, who Who, after int64) (events []models.SubjectEvent, err error) {
	return events, models.FaultIn("list events", s.readOf(ctx, who.BusinessID).
		Where("business_id = ? AND subject IN ? AND seq > ?", who.BusinessID, s.names(who), after).
		Order("seq").Limit(pageOf(100)).Find(&events).Error)
}
