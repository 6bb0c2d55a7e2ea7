package payments

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/storage/rows"
)

// of is where the rows of a business are read and written.
func (s *Service) of(ctx context.Context, _ string) *gorm.DB { return s.DB.WithContext(ctx) }

// readOf is of for reading alone. What it shows may be a moment old.
func (s *Service) readOf(ctx context.Context, _ string) *gorm.DB { return s.Read.WithContext(ctx) }

// all is where the rows of every business are read and written.
func (s *Service) all(ctx context.Context) *gorm.DB { return s.DB.WithContext(ctx) }

func (s *Service) byToken(ctx context.Context, t TopUp) (*TopUp, error) {
	return rows.Maybe[TopUp](s.of(ctx, t.BusinessID).Where("business_id = ? AND token = ?", t.BusinessID, t.Token))
}

func (s *Service) insert(ctx context.Context, t TopUp) error {
	err := s.of(ctx, t.BusinessID).Create(&t).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return errBegun
	}
	return models.FaultIn("write the top-up", err)
}

// forget takes away a top-up that has no page.
func (s *Service) forget(ctx context.Context, t TopUp) error {
	err := s.of(ctx, t.BusinessID).Where("business_id = ? AND id = ? AND url = ''", t.BusinessID, t.ID).Delete(&TopUp{}).Error
	return models.FaultIn("forget the top-up", err)
}

// setURL stores the page of a payment, once: a payment that is made on another page of the same top-up would not be found.
func (s *Service) setURL(ctx context.Context, t TopUp) error {
	done := s.of(ctx, t.BusinessID).Model(&TopUp{}).Where("business_id = ? AND id = ? AND url = ''", t.BusinessID, t.ID).
		Updates(map[string]any{"url": t.URL, "reference": t.Reference})
	if done.Error == nil && done.RowsAffected == 0 {
		return errBegun
	}
	return models.FaultIn("write the top-up", done.Error)
}

// errBegun answers a request while another one with its idempotency key is on its way.
var errBegun = error(&models.Error{Code: models.InProgress, Message: "the first request with this key is still in progress"})

// Get gives a top-up. Errors: models.NotFound.
func (s *Service) Get(ctx context.Context, businessID, id string) (TopUp, error) {
	t, err := rows.First[TopUp](s.of(ctx, businessID).Where("business_id = ? AND id = ?", businessID, id), "there is no such top-up")
	return t, models.FaultIn("read the top-up", err)
}

// List gives a page of a business's top-ups, the newest first, and whether more follow.
func (s *Service) List(ctx context.Context, businessID, before string, limit int) ([]TopUp, bool, error) {
	page := s.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("id DESC")
	if before != "" {
		page = page.Where("id < ?", before)
	}
	list, more, err := rows.Page[TopUp](page, limit)
	return list, more, models.FaultIn("list top-ups", err)
}

// hasten has the vendor asked about a payment at once. What is told of an unknown one is let go.
func (s *Service) hasten(ctx context.Context, reference string) error {
	err := s.all(ctx).Model(&TopUp{}).Where("reference = ?", reference).Updates(map[string]any{"verify_at": s.World.Now(), "tries": 0}).Error
	return models.FaultIn("note what the vendor told", err)
}

func (s *Service) due(ctx context.Context) (list []TopUp, err error) {
	return list, s.all(ctx).Where("verify_at <= ? AND vendor = ?", s.World.Now(), s.Vendor.Name()).Order("verify_at").Limit(dueAtOnce).Find(&list).Error
}

// claim keeps other gateways from a top-up for a while.
func (s *Service) claim(ctx context.Context, t TopUp) (mine bool, err error) {
	taken := s.of(ctx, t.BusinessID).Model(&TopUp{}).Where("business_id = ? AND id = ? AND verify_at = ?", t.BusinessID, t.ID, t.VerifyAt).
		Update("verify_at", s.World.Now().Add(claimTime))
	return taken.RowsAffected == 1, taken.Error
}

// later puts off a top-up about which the vendor said nothing.
func (s *Service) later(ctx context.Context, t TopUp, cause error) error {
	now := s.World.Now()
	at := next(t, Verdict{State: Open}, now)
	to := map[string]any{"verify_at": at, "tries": gorm.Expr("tries + 1")}
	given := at == nil && t.State == Open
	if given {
		t.State, t.Why, t.EndedAt = Review, whyNoWord, now
		to["state"], to["why"], to["ended_at"] = t.State, t.Why, now
	}
	err := s.of(ctx, t.BusinessID).Transaction(func(tx *gorm.DB) error {
		done := tx.Model(&TopUp{}).Where("business_id = ? AND id = ?", t.BusinessID, t.ID).Updates(to)
		if done.Error != nil || !given {
			return done.Error
		}
		return s.Changed(tx, t)
	})
	return errors.Join(cause, err)
}

// TransferReference is what the transfer of a top-up goes under that follows when so much was credited: each amount that was reached has its
// own, so that none is written twice.
func (t TopUp) TransferReference(credited int64) string {
	if credited == 0 {
		return t.Reference
	}
	return t.Reference + "+" + strconv.FormatInt(credited, 10)
}

// openOnes counts a business's payments that nobody has ended.
func (s *Service) openOnes(ctx context.Context, businessID string) (n int64, err error) {
	err = s.of(ctx, businessID).Model(&TopUp{}).Where("business_id = ? AND state = ?", businessID, Open).Count(&n).Error
	return n, models.FaultIn("count open top-ups", err)
}

// settle judges what the vendor said against the row as it is now, and credits the wallet in the same transaction.
func (s *Service) settle(ctx context.Context, t TopUp, seen Seen) error {
	var was State
	err := s.of(ctx, t.BusinessID).Transaction(func(tx *gorm.DB) error {
		row, err := rows.First[TopUp](tx.Clauses(clause.Locking{Strength: "UPDATE"}).
			Where("business_id = ? AND id = ?", t.BusinessID, t.ID), "there is no such top-up")
		if err != nil {
			return err
		}
		now := s.World.Now()
		v := Judge(row, seen, now)
		was, t = row.State, row
		if v.Credit > 0 {
			if _, err := s.Till.TopUpIn(tx, row.BusinessID, row.TransferReference(row.Credited), v.Credit); err != nil {
				return fmt.Errorf("credit the wallet: %w", err)
			}
			t.Credited += v.Credit
		}
		t.State, t.Why, t.VerifyAt = v.State, v.Why, next(row, v, now)
		if t.Tries++; !seen.Unknown {
			t.Paid = max(t.Paid, seen.Amount)
		}
		changed := t.State != was || v.Credit > 0
		if changed && t.State != Open {
			t.EndedAt = now
		}
		err = tx.Model(&TopUp{}).Where("business_id = ? AND id = ?", t.BusinessID, t.ID).Updates(map[string]any{
			"state": t.State, "why": t.Why, "paid": t.Paid, "credited": t.Credited, "tries": t.Tries, "verify_at": t.VerifyAt, "ended_at": ended(t),
		}).Error
		if err != nil || !changed {
			return err
		}
		return s.Changed(tx, t)
	})
	if err == nil && t.State != was {
		s.metrics.ended.WithLabelValues(string(t.State)).Inc()
	}
	return err
}

func ended(t TopUp) any {
	if t.EndedAt.IsZero() {
		return nil
	}
	return t.EndedAt
}
