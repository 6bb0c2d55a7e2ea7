package possession

import (
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// write stores what steps have decided: a statement for each kind of row. The wallets are locked last, and so for the
// shortest time.
func (s *Service) write(tx *gorm.DB, w writes) error {
	for _, store := range []func() error{
		func() error { return removeNumbers(tx, w.removed) },
		func() error { return upsert(tx, w.subjects, "business_id", "id") },
		func() error { return asTaken(upsert(tx, w.numbers, "business_id", "subject", "slot")) },
		func() error { return upsert(tx, w.codes, "business_id", "subject", "number_id", "channel") },
		func() error { return upsert(tx, w.events, "business_id", "subject", "seq") },
		func() error { return insertAll(tx, w.sendings) },
		func() error { return upsert(tx, newest(w.counters), "business_id", "scope", "name") },
		func() error { return addUp(tx, w.history) },
		func() error { return eachOf(w.erased, func(e erasure) error { return forget(tx, e) }) },
		func() error { return s.hold(tx, w.charges) },
	} {
		if err := store(); err != nil {
			return err
		}
	}
	return nil
}

func insertAll[T any](tx *gorm.DB, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Create(&rows).Error; err != nil {
		return fmt.Errorf("write %T: %w", rows, err)
	}
	return nil
}

// upsert stores rows in place of those with the same key.
func upsert[T any](tx *gorm.DB, rows []T, key ...string) error {
	columns := make([]clause.Column, len(key))
	for i, name := range key {
		columns[i].Name = name
	}
	return insertAll(tx.Clauses(clause.OnConflict{Columns: columns, UpdateAll: true}), rows)
}

// asTaken tells that a number belongs to another subject: the index on exclusive numbers said so.
func asTaken(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return errTaken
	}
	return err
}

func eachOf[T any](list []T, f func(T) error) error {
	for _, one := range list {
		if err := f(one); err != nil {
			return err
		}
	}
	return nil
}

// removeNumbers takes numbers away, with their codes.
func removeNumbers(tx *gorm.DB, gone []models.SubjectNumber) error {
	return eachOf(gone, func(n models.SubjectNumber) error {
		err := tx.Where("business_id = ? AND subject = ? AND number_id = ?", n.BusinessID, n.Subject, n.ID).Delete(&models.SentCode{}).Error
		if err != nil {
			return err
		}
		return tx.Where("business_id = ? AND subject = ? AND slot = ? AND id = ?", n.BusinessID, n.Subject, n.Slot, n.ID).
			Delete(&models.SubjectNumber{}).Error
	})
}

// newest gives the last state of each counter, in the order in which everybody locks them.
func newest(states []counter) (last []counter) {
	slices.SortStableFunc(states, counter.compare)
	for i, c := range states {
		if i+1 == len(states) || c.key() != states[i+1].key() {
			last = append(last, c)
		}
	}
	return last
}

// addUp adds to the history in one statement.
func addUp(tx *gorm.DB, rows []bucket) error {
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, bucket.compare)
	return add(tx, merged(rows))
}

// hold sets aside the prices of messages.
func (s *Service) hold(tx *gorm.DB, charges []models.MessageCharge) error {
	if len(charges) == 0 {
		return nil
	}
	return s.till.HoldMessages(tx, charges)
}
