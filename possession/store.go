package possession

import (
	"context"
	"crypto/cipher"
	"errors"
	"time"

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

// lockedSubject is one subject, with everything unsealed, locked for the time of a transaction.
type lockedSubject struct {
	Holder
	who     Who
	tx      *gorm.DB
	now     time.Time
	key     cipher.AEAD
	subject models.Subject
	before  int64  // the sequence as it was found
	grave   string // where its history goes when it is erased
}

// withSubject runs f over a locked subject and gives the subject as f left it. An error of f undoes all changes.
func (s *Service) withSubject(ctx context.Context, who Who, doing string, f func(*lockedSubject) error) (h Holder, err error) {
	if !who.known() {
		return h, errNotFound
	}
	own, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	err = s.of(own, who.BusinessID).Transaction(func(tx *gorm.DB) error {
		d, err := s.lockSubject(tx, who)
		if err != nil {
			return err
		}
		if err := f(d); err != nil {
			return err
		}
		h, err = d.save()
		return err
	})
	return h, models.FaultIn(doing, err)
}

// lockSubject locks a subject and reads it.
func (s *Service) lockSubject(tx *gorm.DB, who Who) (*lockedSubject, error) {
	subject, err := subjectOf(tx.Clauses(forUpdate), who)
	if err != nil {
		return nil, err
	}
	d := &lockedSubject{who: who, tx: tx, now: s.world.Now(), subject: subject, before: subject.Seq, grave: s.grave(who)}
	if d.key, err = s.vault.OpenKey(subject.DataKey, who.aad()); err != nil {
		return nil, err
	}
	return d, d.read()
}

// read reads the subject as it is now.
func (d *lockedSubject) read() error {
	numbers, err := numbersOf(d.tx, d.who)
	if err != nil {
		return err
	}
	d.Holder, err = openHolder(d.who, d.subject, numbers, d.key)
	return err
}

// save writes the subject, if anything happened, and reads everything again.
func (d *lockedSubject) save() (Holder, error) {
	written := d.tx.Model(&models.Subject{}).Select("Seq", "Selected", "Preferred", "DataKey", "FirstAt", "ChangedAt", "FinalisedAt").
		Where("business_id = ? AND id = ? AND seq = ?", d.who.BusinessID, d.who.key(), d.before).Updates(&d.subject)
	if written.Error != nil {
		return Holder{}, written.Error
	}
	if written.RowsAffected != 1 {
		return Holder{}, errors.New("the subject changed while it was locked")
	}
	if d.subject.DataKey == nil {
		return Holder{}, bury(d.tx, d.who.BusinessID, d.who.key(), d.grave)
	}
	return d.Holder, d.read()
}

// record writes the event of an operation.
func (d *lockedSubject) record(kind models.EventKind, numberID string, channel models.Channel) error {
	d.subject.Seq++
	d.subject.ChangedAt = d.now
	if d.subject.FirstAt.IsZero() {
		d.subject.FirstAt = d.now
	}
	return d.tx.Create(&models.SubjectEvent{
		BusinessID: d.who.BusinessID, Subject: d.who.key(), Seq: d.subject.Seq,
		Kind: kind, NumberID: numberID, Channel: channel, At: d.now,
	}).Error
}

// mine narrows a query to the subject's rows.
func (d *lockedSubject) mine() *gorm.DB {
	return d.tx.Where("business_id = ? AND subject = ?", d.who.BusinessID, d.who.key())
}

// byID gives the number with an id.
func (d *lockedSubject) byID(id string) (Held, bool) {
	for _, n := range d.Numbers {
		if n.ID == id {
			return n, true
		}
	}
	return Held{}, false
}

// insert puts a number into a free slot and selects it.
func (s *Service) insert(d *lockedSubject, p models.Phone) (Held, error) {
	n := Held{ID: s.world.NewID(), Phone: p, Selected: true, AddedAt: d.now, slot: freeSlot(d.Numbers)}
	d.subject.Selected = n.ID
	err := d.tx.Create(&models.SubjectNumber{
		BusinessID: d.who.BusinessID, Subject: d.who.key(), Slot: n.slot, ID: n.ID, AddedAt: d.now,
		NumberIndex: s.numberIndex(p, d.who.Sandbox), Sealed: d.key.Seal(nil, nil, []byte(p.Digits()), numberAAD(d.who, n.ID)),
	}).Error
	return n, err
}

// verify stores the proof of a number. The index on exclusive numbers lets one subject of a business have it; the
// telephone itself must have shown that they hold it.
func (d *lockedSubject) verify(n Held, by models.Channel, policy Policy) error {
	n = proven(n, by, d.now)
	row := models.SubjectNumber{VerifiedAt: n.VerifiedAt, Channel: n.Channel, Exclusive: true}
	columns := []string{"VerifiedAt", "Channel"}
	if policy.Exclusive && by.Assurance().Holds() {
		columns = append(columns, "Exclusive")
	}
	preferred, _ := d.byID(d.subject.Preferred)
	written := d.mine().Model(&models.SubjectNumber{}).Where("id = ?", n.ID).Select(columns).Updates(&row)
	switch {
	case errors.Is(written.Error, gorm.ErrDuplicatedKey):
		return errTaken
	case written.Error == nil && written.RowsAffected != 1:
		return errors.New("a number vanished while its subject was locked")
	case foremost(n, preferred):
		d.subject.Preferred = n.ID
	}
	return written.Error
}

// remove takes numbers away, with their codes.
func (d *lockedSubject) remove(numbers []Held) error {
	ids := make([]string, 0, len(numbers))
	for _, n := range numbers {
		ids = append(ids, n.ID)
	}
	if err := d.mine().Where("number_id IN ?", ids).Delete(&models.SentCode{}).Error; err != nil {
		return err
	}
	return d.mine().Where("id IN ?", ids).Delete(&models.SubjectNumber{}).Error
}

// taken tells whether another subject of the business holds a number exclusively.
func (s *Service) taken(d *lockedSubject, p models.Phone) (bool, error) {
	var others int64
	err := d.tx.Model(&models.SubjectNumber{}).Where("business_id = ? AND number_index = ? AND claimed AND subject <> ?",
		d.who.BusinessID, s.numberIndex(p, d.who.Sandbox), d.who.key()).Limit(1).Count(&others).Error
	return others > 0, err
}

// create makes a subject, or a new one in place of one that was erased; one that exists stays as it is.
func (s *Service) create(ctx context.Context, who Who, fresh models.Subject) error {
	err := s.of(ctx, who.BusinessID).Transaction(func(tx *gorm.DB) error {
		err := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "business_id"}, {Name: "id"}},
			DoUpdates: clause.AssignmentColumns([]string{"data_key", "machine"}),
			Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "possession_subjects.data_key IS NULL"}}},
		}).Create(&fresh).Error
		if err != nil || who.Realm != "" {
			return err
		}
		return s.resume(tx, who)
	})
	return models.FaultIn("create the subject", err)
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
func (s *Service) find(ctx context.Context, who Who) (Holder, error) {
	return s.findIn(ctx, s.readOf, who)
}

// findNow is find for what has just been written.
func (s *Service) findNow(ctx context.Context, who Who) (Holder, error) {
	return s.findIn(ctx, s.of, who)
}

func (s *Service) findIn(ctx context.Context, rows func(context.Context, string) *gorm.DB, who Who) (h Holder, err error) {
	if !who.known() {
		return h, errNotFound
	}
	own, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	subject, err := subjectOf(rows(own, who.BusinessID), who)
	if err != nil {
		return h, models.FaultIn("read the subject", err)
	}
	numbers, err := numbersOf(rows(own, who.BusinessID), who)
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
