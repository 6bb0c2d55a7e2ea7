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

// HoldMessage sets a charge's amount aside. Refusals: models.SpendCapReached, InsufficientFunds, NotFound for a
// business without a wallet.
func (t *Till) HoldMessage(tx *gorm.DB, c models.MessageCharge) error {
	if c.Amount <= 0 {
		return models.Fault(fmt.Errorf("charge %d for %s", c.Amount, c.ID))
	}
	a, err := locked(tx, c.BusinessID)
	if err != nil {
		return err
	}
	caps, err := a.capsFor(tx, c.KeyID, c.CapDay)
	if err != nil {
		return err
	}
	for _, cap := range caps {
		if cap.stops(c.Amount, 0) {
			return errCapped(cap.Owner, cap.Period, c.CapDay, c.Zone)
		}
	}
	if c.Amount > a.Available {
		return errInsufficient
	}
	a.take(caps, c.Amount, 0, c.HeldAt)
	c.Status = models.MessageHeld
	if err := insertMessage(tx, c); err != nil {
		return err
	}
	a.apply(messageMove(&c))
	return t.write(tx, a)
}

// SettleMessage captures a charge, or releases it when what it was for was not accepted. ErrAlreadySettled tells that the
// sweeper was faster.
func (t *Till) SettleMessage(tx *gorm.DB, c models.MessageCharge, accepted bool) error {
	a, err := locked(tx, c.BusinessID)
	if err != nil {
		return err
	}
	if c, err = heldMessage(tx, c); err != nil {
		return err
	}
	c.EndedAt, c.Status = t.world.Now(), models.MessageReleased
	if accepted {
		c.Status = models.MessageCaptured
	}
	if err := endMessage(tx, c); err != nil {
		return err
	}
	if !accepted {
		if err := a.giveBack(tx, c.KeyID, c.CapDay, c.Amount, 0); err != nil {
			return err
		}
	}
	a.apply(messageMove(&c))
	return t.write(tx, a)
}

// messageMove is the transfer that brings a charge into its state.
func messageMove(c *models.MessageCharge) move {
	kind, at := models.Hold, c.HeldAt
	switch c.Status {
	case models.MessageCaptured:
		kind, at = models.Capture, c.EndedAt
	case models.MessageReleased:
		kind, at = models.Release, c.EndedAt
	case models.MessageHeld:
	}
	evidence := messageEvidence(c, kind)
	t := newTransfer(c.BusinessID, kind, c.Amount)
	t.Reference, t.Evidence, t.CreatedAt = c.ID, evidence[:], at
	return move{t}
}

// sweepMessages releases charges whose process died before it wrote down how the work ended: nobody knows that it was
// accepted, so it is not billed.
func (t *Till) sweepMessages(ctx context.Context) (released int, err error) {
	for {
		left, err := t.forgottenMessages(ctx)
		if err != nil {
			return released, err
		}
		for _, c := range left {
			err := t.within(ctx, c.BusinessID, func(tx *gorm.DB) error { return t.SettleMessage(tx, c, false) })
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
