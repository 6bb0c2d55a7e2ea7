package lookup

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// A business's lookups are erased when they have been kept for long enough. Ids grow with time, so that those that are
// due stand together at the low end of the primary key; a mark says how far that end has been cleared.

// EraseBefore erases the people from lookups of a business, of both environments, that were asked before a time and have
// ended, and gives how many there were. One that still waits for its answer holds up those behind it until it has one. It
// may run in every gateway at once, and be stopped and started again.
func (s *Service) EraseBefore(ctx context.Context, businessID string, before time.Time) (erased int64, err error) {
	e := Erased{ID: s.World.NewID(), BusinessID: businessID, Cause: ErasedByRetention, At: s.World.Now()}
	for more := true; more; {
		part := e
		more, err = s.eraseBatchBefore(ctx, &part, models.IDAt(before))
		if err != nil {
			return erased, models.Fault(fmt.Errorf("erase what has been kept for long enough: %w", err))
		}
		s.metrics.countErased(part)
		erased += part.Lookups
	}
	return erased, nil
}

// batchWithin bounds the transaction that erases one batch.
const batchWithin = time.Minute

func (s *Service) eraseBatchBefore(ctx context.Context, e *Erased, before string) (more bool, err error) {
	own, cancel := context.WithTimeout(ctx, batchWithin)
	defer cancel()
	err = s.DB.WithContext(own).Transaction(func(tx *gorm.DB) (err error) {
		more, err = s.eraseNext(tx, e, before)
		return err
	})
	return more, err
}

// dueForErasure walks the primary key. The statement names no column that would let a plan leave it.
const dueForErasure = `SELECT id, sandbox, status FROM lookups WHERE business_id = ? AND id > ? AND id < ? ORDER BY id LIMIT ?`

// eraseNext erases a batch and moves the mark. more: there may be others.
func (s *Service) eraseNext(tx *gorm.DB, e *Erased, before string) (more bool, err error) {
	through, err := lockErasures(tx, e.BusinessID)
	if err != nil {
		return false, err
	}
	var rows []erasable
	if err := tx.Raw(dueForErasure, e.BusinessID, through, before, eraseBatch).Scan(&rows).Error; err != nil {
		return false, fmt.Errorf("look for lookups: %w", err)
	}
	rows, held := untilUnsettled(rows)
	if len(rows) == 0 {
		return false, nil
	}
	if err := s.destroy(tx, e, rows); err != nil {
		return false, err
	}
	err = tx.Exec("UPDATE lookup_retention SET through = ? WHERE business_id = ?", rows[len(rows)-1].ID, e.BusinessID).Error
	return !held && len(rows) == eraseBatch, err
}

// lockErasures waits until nobody else erases people of the business, and gives how far retention has come.
func lockErasures(tx *gorm.DB, businessID string) (through string, err error) {
	err = tx.Raw(`INSERT INTO lookup_retention AS r (business_id, through) VALUES (?, '')
		ON CONFLICT (business_id) DO UPDATE SET through = r.through RETURNING through`, businessID).Scan(&through).Error
	if err != nil {
		return "", fmt.Errorf("wait for other erasures: %w", err)
	}
	return through, nil
}

// untilUnsettled gives the rows before the first one that has not ended. held: there is such a one.
func untilUnsettled(rows []erasable) (ended []erasable, held bool) {
	for i, row := range rows {
		if !row.Status.Settled() {
			return rows[:i], true
		}
	}
	return rows, false
}

// CountErased gives how many of a business's lookups have lost their key.
func (s *Service) CountErased(ctx context.Context, businessID string) (n int64, err error) {
	err = s.DB.WithContext(ctx).Model(&models.Lookup{}).Where("business_id = ? AND data_key IS NULL", businessID).Count(&n).Error
	return n, faultUnless(err, "count erased lookups")
}
