package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// erasureDone is the row of an erasure that was done at once.
func erasureDone(e Erased, now time.Time) *Erasing {
	return &Erasing{
		BusinessID: e.BusinessID, ID: e.ID, Sandbox: e.Sandbox, Reason: e.Reason, Total: &e.Lookups, Erased: e.Lookups,
		PendingEnded: e.PendingEnded, LeaseUntil: now, AskedAt: e.At, EndedAt: now,
	}
}

// running gives the newest erasure of a number that is under way; nil = there is none.
func (s *Service) running(ctx context.Context, e *Erased) (*Erasing, error) {
	return rows.Maybe[Erasing](s.of(ctx, e.BusinessID).
		Where("business_id = ? AND number_index = ? AND ended_at IS NULL", e.BusinessID, e.NumberIndex).Order("through DESC"))
}

// anyLeaving tells whether erasures of a business are under way.
func (s *Service) anyLeaving(ctx context.Context, businessID string) (bool, error) {
	one, err := rows.Maybe[Erasing](s.readOf(ctx, businessID).Where("business_id = ? AND ended_at IS NULL", businessID))
	return one != nil, faultUnless(err, "look for erasures")
}

// insertErasing writes an erasure down, with evidence. It is about all lookups of the number that are there by now.
func (s *Service) insertErasing(ctx context.Context, e Erased) error {
	return s.of(ctx, e.BusinessID).Transaction(func(tx *gorm.DB) error {
		r := Erasing{
			BusinessID: e.BusinessID, ID: e.ID, Sandbox: e.Sandbox, NumberIndex: e.NumberIndex, Reason: e.Reason,
			LeaseUntil: e.At, AskedAt: e.At,
		}
		newest := tx.Model(&models.Lookup{}).Where("business_id = ?", e.BusinessID).Order("id DESC").Limit(1)
		if err := newest.Pluck("id", &r.Through).Error; err != nil {
			return fmt.Errorf("look for the newest lookup: %w", err)
		}
		if err := tx.Create(&r).Error; err != nil {
			return fmt.Errorf("write an erasure down: %w", err)
		}
		return s.testify(tx, e)
	})
}

// takeErasing takes the lease of an erasure on which nobody works; nil = there is none.
func (s *Service) takeErasing(ctx context.Context) (*Erasing, error) {
	now := s.world.Now()
	r, err := rows.Maybe[Erasing](s.all(ctx).Where("ended_at IS NULL AND lease_until <= ?", now).Order("lease_until"))
	if err != nil || r == nil {
		return nil, err
	}
	was := r.LeaseUntil
	r.Lease, r.LeaseUntil = s.world.NewID(), now.Add(erasingLease)
	taken := s.of(ctx, r.BusinessID).Model(&Erasing{}).
		Where("business_id = ? AND id = ? AND lease_until = ? AND ended_at IS NULL", r.BusinessID, r.ID, was).
		Updates(map[string]any{"lease": r.Lease, "lease_until": r.LeaseUntil})
	if taken.Error != nil || taken.RowsAffected == 0 {
		return nil, taken.Error
	}
	return r, nil
}

func (s *Service) leased(db *gorm.DB, businessID, id, lease string) *gorm.DB {
	return db.Model(&Erasing{}).Where("business_id = ? AND id = ? AND lease = ? AND ended_at IS NULL", businessID, id, lease)
}

// leaveErasing gives the lease back. Others may have it after a rest.
func (s *Service) leaveErasing(ctx context.Context, r *Erasing, rest time.Duration) error {
	return s.leased(s.of(ctx, r.BusinessID), r.BusinessID, r.ID, r.Lease).
		Updates(map[string]any{"lease": "", "lease_until": s.world.Now().Add(rest)}).Error
}

// errErasingLost ends the transaction of a gateway whose lease another one has taken over.
var errErasingLost = errors.New("the lease of the erasure was lost")

// advance counts a part of an erasure that goes on in the background, and keeps its lease.
func (s *Service) advance(tx *gorm.DB, e Erased) error {
	if e.lease == "" {
		return nil
	}
	kept := s.leased(tx, e.BusinessID, e.ID, e.lease).Updates(map[string]any{
		"erased": gorm.Expr("erased + ?", e.Lookups), "pending_ended": gorm.Expr("pending_ended + ?", e.PendingEnded),
		"lease_until": s.world.Now().Add(erasingLease),
	})
	if kept.Error == nil && kept.RowsAffected == 0 {
		return errErasingLost
	}
	return kept.Error
}

// aboutErasing are the lookups of an erasure that still have their keys.
const aboutErasing = `FROM lookups WHERE number_index = ? AND business_id = ? AND data_key IS NOT NULL AND id <= ?`

// countErasing counts once how many lookups an erasure is about.
func (s *Service) countErasing(ctx context.Context, r *Erasing) error {
	if r.Total != nil {
		return nil
	}
	var n int64
	if err := s.of(ctx, r.BusinessID).Raw("SELECT count(*) "+aboutErasing, r.NumberIndex, r.BusinessID, r.Through).Scan(&n).Error; err != nil {
		return fmt.Errorf("count what is to be erased: %w", err)
	}
	n += r.Erased
	r.Total = &n
	return s.leased(s.of(ctx, r.BusinessID), r.BusinessID, r.ID, r.Lease).Update("total", n).Error
}

// leaving gives some of an erasure's lookups that still have their keys.
func (s *Service) leaving(ctx context.Context, r *Erasing) (some []erasable, err error) {
	found := s.of(ctx, r.BusinessID).Raw("SELECT id, sandbox, status "+aboutErasing+" LIMIT ?", r.NumberIndex, r.BusinessID, r.Through, unerasedPage)
	err = found.Scan(&some).Error
	return some, err
}

// forgetRecent drops what is remembered about a number.
func (s *Service) forgetRecent(ctx context.Context, e Erased) error {
	return forgetWithdrawn(s.of(ctx, e.BusinessID), e.BusinessID, e.NumberIndex)
}

// endErasing ends an erasure of which nothing is left, with evidence.
func (s *Service) endErasing(ctx context.Context, r *Erasing) error {
	if err := s.forgetRecent(ctx, r.erased()); err != nil {
		return err
	}
	return s.of(ctx, r.BusinessID).Transaction(func(tx *gorm.DB) error {
		ended := s.leased(tx, r.BusinessID, r.ID, r.Lease).Updates(map[string]any{"ended_at": s.world.Now(), "number_index": nil, "lease": ""})
		if ended.Error != nil || ended.RowsAffected == 0 {
			return ended.Error // another gateway has it
		}
		var done Erasing
		if err := tx.Where("business_id = ? AND id = ?", r.BusinessID, r.ID).Take(&done).Error; err != nil || s.witness == nil {
			return err
		}
		return s.witness.Ended(tx, done)
	})
}

// Erasing gives an erasure on request of a business, in an environment. Errors: models.NotFound.
func (s *Service) Erasing(ctx context.Context, businessID string, sandbox bool, id string) (Erasing, error) {
	found := s.of(ctx, businessID).Where("business_id = ? AND id = ? AND sandbox = ?", businessID, id, sandbox)
	r, err := rows.First[Erasing](found, "there is no such erasure")
	return r, models.FaultIn("read the erasure", err)
}

// Erasures gives a page of a business's erasures on request in an environment, the newest first, and whether more follow.
func (s *Service) Erasures(ctx context.Context, of Erasure, before string, limit int) ([]Erasing, bool, error) {
	page := s.readOf(ctx, of.BusinessID).Where("business_id = ? AND sandbox = ?", of.BusinessID, of.Sandbox).Order("id DESC")
	if before != "" {
		page = page.Where("id < ?", before)
	}
	list, more, err := rows.Page[Erasing](page, limit)
	return list, more, models.FaultIn("list erasures", err)
}
