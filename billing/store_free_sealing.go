package billing

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// sealBatch is how many lookups are put into the chain at a time.
const sealBatch = 1000

// insertAll writes rows, if there are any.
func insertAll[R any](tx *gorm.DB, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(rows, 100).Error
}

// Unbegun gives the businesses whose chain of free lookups has not begun: an older version made them.
func (t *Till) Unbegun(ctx context.Context) (ids []string, err error) {
	err = t.all(ctx).Model(&models.Wallet{}).Where("free_head IS NULL").Order("business_id").Pluck("business_id", &ids).Error
	return ids, models.FaultIn("list the chains that have not begun", err)
}

// SealFree puts the free lookups of a business that older versions have written into their chain, and begins it where there is
// none. It gives how many were missing, with look nothing is written. told hears of it within the transaction that does it, also
// when there was none to add to a chain that has begun with it.
func (t *Till) SealFree(ctx context.Context, businessID string, look bool, told func(tx *gorm.DB, lookups int64) error) (missing int64, err error) {
	err = t.within(ctx, businessID, func(tx *gorm.DB) error {
		a, err := locked(tx, businessID)
		if err != nil {
			return err
		}
		if look {
			return tx.Table("lookups AS l").Where(unsealedFree, businessID).Count(&missing).Error
		}
		begins := a.FreeHead == nil
		if begins {
			a.FreeHead = t.keys.ChainStart(freeChain, businessID)
		}
		if missing, err = t.sealFree(tx, a); err != nil || missing == 0 && !begins {
			return err
		}
		return told(tx, missing)
	})
	return missing, models.FaultIn("seal the free lookups of business "+businessID, err)
}

// unsealedFree finds the free lookups of a business that are not in their chain, or only in part.
const unsealedFree = `l.business_id = ? AND l.held = 0 AND (
	NOT EXISTS (SELECT 1 FROM free_evidence e WHERE e.business_id = l.business_id AND e.reference = l.id AND e.kind = 'opening')
	OR l.status NOT IN ('open', 'pending') AND NOT EXISTS (
		SELECT 1 FROM free_evidence e WHERE e.business_id = l.business_id AND e.reference = l.id AND e.kind = 'closing'))`

// sealFree adds what is missing, in the order of the ids.
func (t *Till) sealFree(tx *gorm.DB, a *account) (added int64, err error) {
	key := t.keys.ChainKey()
	for after := ""; ; {
		var left []models.Lookup
		err := tx.Table("lookups AS l").Where(unsealedFree, a.BusinessID).Where("l.id > ?", after).Order("l.id").Limit(sealBatch).Find(&left).Error
		if err != nil {
			return added, fmt.Errorf("look for free lookups: %w", err)
		}
		for i := range left {
			if err := tellMissing(tx, a, &left[i]); err != nil {
				return added, err
			}
			after = left[i].ID
		}
		added += int64(len(left))
		a.close(key)
		if err := insertAll(tx, a.free); err != nil {
			return added, fmt.Errorf("write the evidence: %w", err)
		}
		if a.free = a.free[:0]; len(left) < sealBatch {
			break
		}
	}
	return added, tx.Model(&models.Wallet{}).Where("business_id = ?", a.BusinessID).
		Updates(map[string]any{"free_seq": a.FreeSeq, "free_head": a.FreeHead}).Error
}

// tellMissing adds the evidence of a lookup that is not there yet.
func tellMissing(tx *gorm.DB, a *account, l *models.Lookup) error {
	var kinds []string
	err := tx.Model(&freeStep{}).Where("business_id = ? AND reference = ?", l.BusinessID, l.ID).Pluck("kind", &kinds).Error
	if err != nil {
		return fmt.Errorf("read the evidence: %w", err)
	}
	if len(kinds) == 0 {
		a.tell(newFree(l, freeOpening, opening(l)))
	}
	if l.Status.Settled() && (len(kinds) == 0 || len(kinds) == 1 && kinds[0] == freeOpening) {
		a.tell(newFree(l, freeClosing, closing(l)))
	}
	return nil
}
