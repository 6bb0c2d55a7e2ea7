package billing

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"whoseline/models"
)

// A charge is paid in two steps like a lookup, but each of them joins the transaction of whoever does the work: the
// money is held when the work is decided, and captured or released when its end is written down. Such a transaction
// locks the wallet last, so that lookups wait for it as briefly as possible; what fails in it moves no money.

// HoldMessages sets the amounts of charges aside, all or none. Refusals: models.SpendCapReached, InsufficientFunds, NotFound for a
// business without a wallet.
func (t *Till) HoldMessages(tx *gorm.DB, charges []models.MessageCharge) error {
	return byBusiness(charges, func(business string, those []models.MessageCharge) error {
		a, err := locked(tx, business)
		if err != nil {
			return err
		}
		for i := range those {
			if err := a.hold(tx, &those[i]); err != nil {
				return err
			}
		}
		if err := insertAll(tx, those); err != nil {
			return fmt.Errorf("write the charges: %w", err)
		}
		return t.write(tx, a)
	})
}

// hold takes a charge's amount out of what is available.
func (a *account) hold(tx *gorm.DB, c *models.MessageCharge) error {
	if c.Amount <= 0 {
		return models.Fault(fmt.Errorf("charge %d for %s", c.Amount, c.ID))
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
	a.apply(messageMove(c))
	return nil
}

// byBusiness does something for the charges of each business, in an order that is everybody's.
func byBusiness(charges []models.MessageCharge, f func(business string, those []models.MessageCharge) error) error {
	charges = slices.Clone(charges)
	slices.SortStableFunc(charges, func(a, b models.MessageCharge) int { return cmp.Compare(a.BusinessID, b.BusinessID) })
	for len(charges) > 0 {
		business, n := charges[0].BusinessID, 1
		for n < len(charges) && charges[n].BusinessID == business {
			n++
		}
		if err := f(business, charges[:n]); err != nil {
			return err
		}
		charges = charges[n:]
	}
	return nil
}

// SettleMessages captures charges whose messages were accepted, and releases the others. Late are those that the sweeper has
// released before.
func (t *Till) SettleMessages(tx *gorm.DB, accepted, refused []models.MessageCharge) (late []models.MessageCharge, err error) {
	ends := make([]models.MessageCharge, 0, len(accepted)+len(refused))
	for _, c := range accepted {
		c.Status = models.MessageCaptured
		ends = append(ends, c)
	}
	for _, c := range refused {
		c.Status = models.MessageReleased
		ends = append(ends, c)
	}
	return late, byBusiness(ends, func(business string, those []models.MessageCharge) error {
		missed, err := t.settleMessages(tx, business, those)
		late = append(late, missed...)
		return err
	})
}

// settleMessages ends charges of one business.
func (t *Till) settleMessages(tx *gorm.DB, business string, ends []models.MessageCharge) (late []models.MessageCharge, err error) {
	a, err := locked(tx, business)
	if err != nil {
		return nil, err
	}
	held, err := heldMessages(tx, business, ends)
	if err != nil {
		return nil, err
	}
	now := t.world.Now()
	var ended []models.MessageCharge
	for _, end := range ends {
		c, open := held[end.ID]
		if !open {
			late = append(late, end)
			continue
		}
		c.Status, c.EndedAt = end.Status, now
		if c.Status == models.MessageReleased {
			if err := a.giveBack(tx, c.KeyID, c.CapDay, c.Amount, 0); err != nil {
				return nil, err
			}
		}
		a.apply(messageMove(&c))
		ended = append(ended, c)
	}
	if len(ended) == 0 {
		return late, nil
	}
	if err := endMessages(tx, business, ended); err != nil {
		return nil, err
	}
	return late, t.write(tx, a)
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
			var late []models.MessageCharge
			err := t.within(ctx, c.BusinessID, func(tx *gorm.DB) (err error) {
				late, err = t.SettleMessages(tx, nil, []models.MessageCharge{c})
				return err
			})
			if err != nil {
				return released, fmt.Errorf("release a forgotten charge: %w", err)
			}
			released += 1 - len(late)
		}
		if len(left) < sweepBatch {
			return released, nil
		}
	}
}
