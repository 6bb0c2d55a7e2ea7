package batches

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// of is where the rows of a business are read and written.
func (s *Service) of(ctx context.Context, _ string) *gorm.DB { return s.DB.WithContext(ctx) }

// readOf is of for reading alone. What it shows may be a moment old.
func (s *Service) readOf(ctx context.Context, _ string) *gorm.DB { return s.Read.WithContext(ctx) }

// all is where the rows of every business are read and written.
func (s *Service) all(ctx context.Context) *gorm.DB { return s.DB.WithContext(ctx) }

// byToken gives the batch that was made under an idempotency key; nil = there is none.
func (s *Service) byToken(ctx context.Context, b Batch) (*Batch, error) {
	return rows.Maybe[Batch](s.of(ctx, b.BusinessID).Where("business_id = ? AND token = ?", b.BusinessID, b.Token))
}

// unended counts a business's batches that have not ended.
func (s *Service) unended(ctx context.Context, businessID string) (n int64, err error) {
	err = s.of(ctx, businessID).Model(&Batch{}).Where("business_id = ? AND ended_at IS NULL", businessID).Count(&n).Error
	return n, models.FaultIn("count the batches", err)
}

func (s *Service) insert(ctx context.Context, b Batch) error {
	err := s.of(ctx, b.BusinessID).Create(&b).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Fail(models.Conflict, "the batch is there already")
	}
	return models.FaultIn("write the batch", err)
}

func (s *Service) insertRows(ctx context.Context, part []Row) error {
	if len(part) == 0 {
		return nil
	}
	return models.FaultIn("write the rows of a batch", s.of(ctx, part[0].BusinessID).CreateInBatches(part, 100).Error)
}

// start lets a batch run whose rows are stored.
func (s *Service) start(ctx context.Context, b Batch) error {
	return models.FaultIn("start the batch", s.of(ctx, b.BusinessID).Transaction(func(tx *gorm.DB) error {
		if err := set(tx, b, []State{Loading}, map[string]any{"state": Running, "lease_until": s.World.Now()}); err != nil {
			return err
		}
		return s.Made(tx, b)
	}))
}

// set changes a batch that is in one of some states. Errors: models.Conflict where it is in none of them.
func set(db *gorm.DB, b Batch, from []State, to map[string]any) error {
	done := db.Model(&Batch{}).Where("business_id = ? AND id = ? AND state IN ?", b.BusinessID, b.ID, from).Updates(to)
	if done.Error != nil {
		return models.Fault(fmt.Errorf("change the batch: %w", done.Error))
	}
	if done.RowsAffected == 0 {
		return models.Fail(models.Conflict, "the batch is not in a state for this")
	}
	return nil
}

// Get gives a batch. Errors: models.NotFound.
func (s *Service) Get(ctx context.Context, businessID, id string) (Batch, error) {
	b, err := rows.First[Batch](s.of(ctx, businessID).Where("business_id = ? AND id = ?", businessID, id), "there is no such batch")
	return b, models.FaultIn("read the batch", err)
}

// List gives a page of a business's batches, the newest first, and whether more follow.
func (s *Service) List(ctx context.Context, businessID string, sandbox bool, before string, limit int) ([]Batch, bool, error) {
	page := s.readOf(ctx, businessID).Where("business_id = ? AND sandbox = ?", businessID, sandbox).Order("id DESC")
	if before != "" {
		page = page.Where("id < ?", before)
	}
	list, more, err := rows.Page[Batch](page, limit)
	return list, more, models.FaultIn("list batches", err)
}

// Turn changes what a batch of a business does. Errors: models.NotFound, Conflict where its state is not one for this.
type Turn func(ctx context.Context, businessID, id string) error

// Pause lets a batch rest. Rows that are being asked are finished.
func (s *Service) Pause(ctx context.Context, businessID, id string) error {
	return s.turn(ctx, businessID, id, []State{Running}, map[string]any{"state": Paused, "why": ""})
}

// Resume lets a batch go on that was paused, by somebody or by what stood in its way.
func (s *Service) Resume(ctx context.Context, businessID, id string) error {
	return s.turn(ctx, businessID, id, []State{Paused}, map[string]any{"state": Running, "why": "", "lease_until": s.World.Now()})
}

// Stop ends a batch: what was not asked stays so. Its result can be read.
func (s *Service) Stop(ctx context.Context, businessID, id string) error {
	return s.turn(ctx, businessID, id, []State{Running, Paused}, map[string]any{"state": Stopped, "why": "", "ended_at": s.World.Now()})
}

func (s *Service) turn(ctx context.Context, businessID, id string, from []State, to map[string]any) error {
	b, err := s.Get(ctx, businessID, id)
	if err != nil {
		return err
	}
	return set(s.of(ctx, businessID), b, from, to)
}

// claim takes the lease of a batch on which nobody works; nil = there is none.
func (s *Service) claim(ctx context.Context) (*Batch, error) {
	now := s.World.Now()
	b, err := rows.Maybe[Batch](s.all(ctx).Where("(state = ? OR pending > 0) AND lease_until <= ?", Running, now).Order("lease_until"))
	if err != nil || b == nil {
		return nil, err
	}
	taken := s.of(ctx, b.BusinessID).Model(&Batch{}).
		Where("business_id = ? AND id = ? AND lease_until = ?", b.BusinessID, b.ID, b.LeaseUntil).
		Updates(map[string]any{"lease": s.me, "lease_until": now.Add(leaseTime)})
	if taken.Error != nil || taken.RowsAffected == 0 {
		return nil, taken.Error
	}
	return b, nil
}

// renew keeps the lease, and gives the batch as it stands. lost: somebody else has it.
func (s *Service) renew(ctx context.Context, b Batch) (now Batch, lost bool, err error) {
	kept := s.of(ctx, b.BusinessID).Model(&Batch{}).
		Where("business_id = ? AND id = ? AND lease = ?", b.BusinessID, b.ID, s.me).
		Update("lease_until", s.World.Now().Add(leaseTime))
	if kept.Error != nil || kept.RowsAffected == 0 {
		return b, true, kept.Error
	}
	now, err = s.Get(ctx, b.BusinessID, b.ID)
	return now, false, err
}

// leave gives the lease back; others may have it after a pause.
func (s *Service) leave(ctx context.Context, b Batch, pause time.Duration, why string) error {
	ctx, cancel := kept(ctx)
	defer cancel()
	return s.of(ctx, b.BusinessID).Model(&Batch{}).
		Where("business_id = ? AND id = ? AND lease = ?", b.BusinessID, b.ID, s.me).
		Updates(map[string]any{
			"lease": "", "lease_until": s.World.Now().Add(pause), "why": gorm.Expr("CASE WHEN state = ? THEN ? ELSE why END", Running, why),
		}).Error
}

// next gives rows that were not asked yet.
func (s *Service) next(ctx context.Context, b Batch, limit int) (some []Row, err error) {
	err = s.of(ctx, b.BusinessID).Where("business_id = ? AND batch_id = ? AND outcome = ''", b.BusinessID, b.ID).
		Order("number").Limit(limit).Find(&some).Error
	return some, err
}

// open gives rows that wait for their lookups, behind a number.
func (s *Service) open(ctx context.Context, b Batch, after int64, limit int) (some []Row, err error) {
	err = s.of(ctx, b.BusinessID).Where("business_id = ? AND batch_id = ? AND outcome = ? AND number > ?", b.BusinessID, b.ID, pending, after).
		Order("number").Limit(limit).Find(&some).Error
	return some, err
}

// write stores what became of rows that had an outcome, each once, and adds it up in their batch.
func (s *Service) write(ctx context.Context, b Batch, was string, done []Row, pace float64) error {
	ctx, cancel := kept(ctx)
	defer cancel()
	return s.of(ctx, b.BusinessID).Transaction(func(tx *gorm.DB) error {
		sum := map[string]int64{}
		for _, r := range done {
			changed := tx.Model(&Row{}).Where("business_id = ? AND batch_id = ? AND number = ? AND outcome = ?", r.BusinessID, r.BatchID, r.Number, was).
				Updates(map[string]any{
					"input": nil, "outcome": r.Outcome, "why": r.Why, "lookup_id": r.LookupID, "held": r.Held, "charged": r.Charged,
				})
			if changed.Error != nil {
				return changed.Error
			}
			if changed.RowsAffected == 1 {
				sum[r.Outcome]++
				sum[was]--
				sum["spent"] += r.Charged
				sum["held"] += r.Held - r.heldBefore
			}
		}
		to := map[string]any{}
		for _, name := range []string{found, notFound, failed, pending, refused, erased, "spent", "held"} {
			if sum[name] != 0 {
				to[name] = gorm.Expr(name+" + ?", sum[name])
			}
		}
		if pace > 0 {
			to["pace"] = pace
		}
		if len(to) == 0 {
			return nil
		}
		return tx.Model(&Batch{}).Where("business_id = ? AND id = ?", b.BusinessID, b.ID).Updates(to).Error
	})
}

// finish ends a batch of which every row has ended, and tells of it.
func (s *Service) finish(ctx context.Context, b Batch) error {
	return s.of(ctx, b.BusinessID).Transaction(func(tx *gorm.DB) error {
		now := s.World.Now()
		done := tx.Model(&Batch{}).Where("business_id = ? AND id = ? AND state = ?", b.BusinessID, b.ID, Running).
			Updates(map[string]any{"state": Done, "why": "", "lease": "", "ended_at": now})
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		b, err := rows.First[Batch](tx.Where("business_id = ? AND id = ?", b.BusinessID, b.ID), "there is no such batch")
		if err != nil {
			return err
		}
		return s.Told(tx, b)
	})
}

// Page gives rows of a batch behind a number, in their order.
func (s *Service) Page(ctx context.Context, b Batch, after int64, limit int) (some []Row, err error) {
	err = s.readOf(ctx, b.BusinessID).Select("business_id", "batch_id", "number", "outcome", "why", "lookup_id", "held", "charged").
		Where("business_id = ? AND batch_id = ? AND number > ?", b.BusinessID, b.ID, after).Order("number").Limit(limit).Find(&some).Error
	return some, models.FaultIn("read the rows of a batch", err)
}

// states counts the batches that have not ended, by state.
func (s *Service) states(ctx context.Context) (counts map[State]int64, err error) {
	var list []struct {
		State State
		N     int64
	}
	err = s.Read.WithContext(ctx).Model(&Batch{}).Select("state, count(*) AS n").Where("ended_at IS NULL").Group("state").Scan(&list).Error
	counts = map[State]int64{Running: 0, Paused: 0}
	for _, l := range list {
		counts[l.State] = l.N
	}
	return counts, err
}
