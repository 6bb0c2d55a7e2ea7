package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// Correct gives back what was captured for a lookup, once, or adjusts a balance, all or nothing. Errors: models.NotFound, Invalid;
// Conflict where there is nothing to give back, or the reference was used for something else; InsufficientFunds.
func (t *Till) Correct(ctx context.Context, order CorrectionOrder) (done Corrected, err error) {
	if err := order.Check(); err != nil {
		return done, err
	}
	err = t.within(ctx, order.BusinessID, func(tx *gorm.DB) error {
		a, err := locked(tx, order.BusinessID)
		if err != nil {
			return err
		}
		done, err = t.correct(tx, a, order)
		return err
	})
	if err != nil {
		return Corrected{}, fault(err)
	}
	return done, nil
}

func (t *Till) correct(tx *gorm.DB, a *account, order CorrectionOrder) (done Corrected, err error) {
	done.Dry = order.Dry
	earlier, err := rows.Maybe[models.Correction](tx.Where("business_id = ? AND reference = ?", a.BusinessID, order.Reference))
	switch {
	case err != nil:
		return done, fmt.Errorf("look for the reference: %w", err)
	case earlier != nil && !order.same(*earlier):
		return done, models.Fail(models.Conflict, "the reference was used for another correction")
	case earlier != nil:
		done.Correction, done.Repeated, done.Available = *earlier, true, a.Available
		return done, nil
	}
	done.Correction = models.Correction{
		BusinessID: a.BusinessID, Kind: order.kind(), Target: order.target(), Reference: order.Reference, Amount: order.Amount,
		Reason: order.Reason, Note: order.Note, Actor: order.Actor, CreatedAt: t.world.Now().UTC().Truncate(time.Microsecond),
	}
	if err := t.settleAmount(tx, a, &done.Correction); err != nil {
		return done, err
	}
	a.apply(correctionMove(done.Correction))
	if done.Available = a.Available; order.Dry {
		return done, nil
	}
	return done, t.writeCorrection(tx, a, order, done.Correction)
}

// settleAmount finds out how much is corrected, or refuses it. The lookup stays locked.
func (t *Till) settleAmount(tx *gorm.DB, a *account, c *models.Correction) (err error) {
	if c.Kind == models.Adjustment {
		return a.adjustable(c.Amount)
	}
	var l models.Lookup
	err = tx.Select("charged", "refunded").Where("business_id = ? AND id = ?", c.BusinessID, c.Target).Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.Fail(models.NotFound, "lookup not found")
	}
	if err != nil {
		return fmt.Errorf("read the lookup: %w", err)
	}
	if c.Amount, err = refundable(l, c.Amount); err != nil {
		return err
	}
	return a.adjustable(c.Amount)
}

func (t *Till) writeCorrection(tx *gorm.DB, a *account, order CorrectionOrder, c models.Correction) error {
	if err := tx.Create(&c).Error; err != nil {
		return fmt.Errorf("write the correction: %w", err)
	}
	if c.Kind == models.Refund {
		err := tx.Model(&models.Lookup{}).Where("business_id = ? AND id = ?", c.BusinessID, c.Target).Update("refunded", c.Amount).Error
		if err != nil {
			return fmt.Errorf("write the lookup: %w", err)
		}
	}
	if err := t.write(tx, a); err != nil {
		return fmt.Errorf("write the transfer: %w", err)
	}
	if order.Told == nil {
		return nil
	}
	return order.Told(tx, c)
}
