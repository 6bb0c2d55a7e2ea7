package lookup

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/webhooks"
)

// Witness keeps evidence of erasures, within the transaction that erases.
type Witness interface {
	Note(tx *gorm.DB, e Erased) error   // of a part, or that one has begun
	Ended(tx *gorm.DB, r Erasing) error // of one that went on in the background, once
}

// withKeys finds lookups of a number that still have their keys and wait for no erasure, by the index of the number.
const withKeys = `SELECT id, sandbox, status FROM lookups WHERE number_index = ? AND business_id = ? AND data_key IS NOT NULL
	AND NOT ` + models.Leaving + ` LIMIT ?`

// unerasedPage bounds how many lookups are looked for at once. Each look passes those that were erased before, so that many
// small ones would cost the square of their number.
const unerasedPage = 20_000

// unerased gives some of the number's lookups that still have their keys.
func (s *Service) unerased(ctx context.Context, e *Erased, limit int) (rows []erasable, err error) {
	err = s.of(ctx, e.BusinessID).Raw(withKeys, e.NumberIndex, e.BusinessID, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for lookups to erase: %w", err)
	}
	return rows, nil
}

// destroyAlone is destroy while nobody else erases people of the business.
func (s *Service) destroyAlone(ctx context.Context, e *Erased, rows []erasable) error {
	return s.of(ctx, e.BusinessID).Transaction(func(tx *gorm.DB) error {
		if _, err := lockErasures(tx, e.BusinessID); err != nil {
			return err
		}
		return s.destroy(tx, e, rows)
	})
}

// destroy makes lookups and the events about them unreadable for good, and keeps evidence of it. It counts those that
// still were readable. A lookup that has become pending meanwhile is left: somebody may have its lease and be about to
// write an event.
func (s *Service) destroy(tx *gorm.DB, e *Erased, rows []erasable) error {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	gone := tx.Model(&models.Lookup{}).
		Where("business_id = ? AND id IN ? AND data_key IS NOT NULL AND status <> ?", e.BusinessID, ids, models.StatusPending).
		Update("data_key", nil)
	if gone.Error != nil {
		return fmt.Errorf("destroy the keys of lookups: %w", gone.Error)
	}
	if err := webhooks.Erase(tx, e.BusinessID, ids...); err != nil {
		return err
	}
	if e.Lookups = gone.RowsAffected; e.Lookups+e.PendingEnded == 0 {
		return nil
	}
	if err := s.advance(tx, *e); err != nil {
		return err
	}
	return s.testify(tx, *e)
}

// eraseRest drops what is known of a number beside its lookups. It is evidence too when nothing was found.
func (s *Service) eraseRest(ctx context.Context, e Erased) error {
	if err := forgetWithdrawn(s.of(ctx, e.BusinessID), e.BusinessID, e.NumberIndex); err != nil {
		return err
	}
	return s.of(ctx, e.BusinessID).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(erasureDone(e, s.world.Now())).Error; err != nil || e.Lookups > 0 {
			return err
		}
		return s.testify(tx, e)
	})
}

// boundOf gives those of some lookups that were bound to their numbers.
func (s *Service) boundOf(ctx context.Context, businessID string, rows []erasable) (bound []erasable, err error) {
	ids, known := make([]string, len(rows)), map[string]erasable{}
	for i, row := range rows {
		ids[i], known[row.ID] = row.ID, row
	}
	var found []string
	err = s.of(ctx, businessID).Model(&confirmation{}).Where("business_id = ? AND lookup_id IN ?", businessID, ids).
		Pluck("lookup_id", &found).Error
	for _, id := range found {
		bound = append(bound, known[id])
	}
	return bound, err
}

// testify keeps evidence, if there is somebody who does.
func (s *Service) testify(tx *gorm.DB, e Erased) error {
	if s.witness == nil {
		return nil
	}
	if err := s.witness.Note(tx, e); err != nil {
		return fmt.Errorf("keep evidence of an erasure: %w", err)
	}
	return nil
}

// dueForErasure walks the primary key. The statement names no column that would let a plan leave it.
const dueForErasure = `SELECT id, sandbox, status FROM lookups WHERE business_id = ? AND id > ? AND id < ? ORDER BY id LIMIT ?`

// batchWithin bounds the transaction that erases one batch.
const batchWithin = time.Minute

// eraseNext erases a batch and moves the mark. more: there may be others.
func (s *Service) eraseNext(ctx context.Context, e *Erased, before string) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, batchWithin)
	defer cancel()
	err = s.of(ctx, e.BusinessID).Transaction(func(tx *gorm.DB) (err error) {
		more, err = s.eraseNextIn(tx, e, before)
		return err
	})
	return more, err
}

func (s *Service) eraseNextIn(tx *gorm.DB, e *Erased, before string) (more bool, err error) {
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

// CountErased gives how many of a business's lookups have lost their key.
func (s *Service) CountErased(ctx context.Context, businessID string) (n int64, err error) {
	err = s.of(ctx, businessID).Model(&models.Lookup{}).Where("business_id = ? AND data_key IS NULL", businessID).Count(&n).Error
	return n, faultUnless(err, "count erased lookups")
}
