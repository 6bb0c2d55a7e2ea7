package billing

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// A charge is paid in two steps like a lookup, but each of them joins the transaction of whoever does the work: the
// money is held when the work is decided, and captured or released when its end is written down. Such a transaction
// locks the wallet last, so that lookups wait for it as briefly as possible; what fails in it moves no money.

// HoldCharge sets a charge's amount aside. Refusals: models.InsufficientFunds, NotFound for a business without a wallet.
func (t *Till) HoldCharge(tx *gorm.DB, c models.Charge) error {
	if c.Amount <= 0 {
		return models.Fault(fmt.Errorf("charge %d for %s", c.Amount, c.ID))
	}
	a, err := locked(tx, c.BusinessID)
	if err != nil {
		return err
	}
	if c.Amount > a.Available {
		return errInsufficient
	}
	c.Status = models.ChargeHeld
	if err := tx.Create(&c).Error; err != nil {
		return fmt.Errorf("write the charge: %w", err)
	}
	a.apply(chargeMove(&c))
	return t.write(tx, a)
}

// SettleCharge captures a charge, or releases it when what it was for was not accepted. ErrAlreadySettled tells that the
// sweeper was faster.
func (t *Till) SettleCharge(tx *gorm.DB, c models.Charge, accepted bool) error {
	a, err := locked(tx, c.BusinessID)
	if err != nil {
		return err
	}
	err = tx.Where("business_id = ? AND id = ? AND status = ?", c.BusinessID, c.ID, models.ChargeHeld).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrAlreadySettled
	}
	if err != nil {
		return fmt.Errorf("read the charge: %w", err)
	}
	c.EndedAt, c.Status = t.World.Now(), models.ChargeReleased
	if accepted {
		c.Status = models.ChargeCaptured
	}
	if err := tx.Model(&c).Select("Status", "EndedAt").Updates(&c).Error; err != nil {
		return fmt.Errorf("write the charge: %w", err)
	}
	a.apply(chargeMove(&c))
	return t.write(tx, a)
}

// chargeMove is the transfer that brings a charge into its state.
func chargeMove(c *models.Charge) move {
	kind, at := models.Hold, c.HeldAt
	switch c.Status {
	case models.ChargeCaptured:
		kind, at = models.Capture, c.EndedAt
	case models.ChargeReleased:
		kind, at = models.Release, c.EndedAt
	case models.ChargeHeld:
	}
	evidence := chargeEvidence(c, kind)
	t := newTransfer(c.BusinessID, kind, c.Amount)
	t.Reference, t.Evidence, t.CreatedAt = c.ID, evidence[:], at
	return move{t}
}

// sweepCharges releases charges whose process died before it wrote down how the work ended: nobody knows that it was
// accepted, so it is not billed.
func (t *Till) sweepCharges(ctx context.Context) (released int, err error) {
	for {
		var left []models.Charge
		err := t.Read.WithContext(ctx).Where("status = ? AND expires_at < ?", models.ChargeHeld, t.World.Now()).
			Order("expires_at").Limit(sweepBatch).Find(&left).Error
		if err != nil {
			return released, fmt.Errorf("look for forgotten charges: %w", err)
		}
		for _, c := range left {
			err := t.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return t.SettleCharge(tx, c, false) })
			switch {
			case err == nil:
				released++
			case !errors.Is(err, ErrAlreadySettled):
				return released, fmt.Errorf("release a forgotten charge: %w", err)
			}
		}
		if len(left) < sweepBatch {
			return released, nil
		}
	}
}
