package billing

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/storage/rows"
)

// of is where the rows of a business are read and written. Every database call about one business asks here, so that where
// they lie is decided in one place. A batch is the exception: it is one statement about many businesses.
func (t *Till) of(ctx context.Context, _ string) *gorm.DB { return t.primary.WithContext(ctx) }

// readOf is of for reading alone. What it shows may be a moment old.
func (t *Till) readOf(ctx context.Context, _ string) *gorm.DB { return t.replica.WithContext(ctx) }

// all is where the rows of every business are read and written.
func (t *Till) all(ctx context.Context) *gorm.DB { return t.primary.WithContext(ctx) }

// readAll is all for reading alone. What it shows may be a moment old.
func (t *Till) readAll(ctx context.Context) *gorm.DB { return t.replica.WithContext(ctx) }

// within runs f in a transaction about a business.
func (t *Till) within(ctx context.Context, businessID string, f func(tx *gorm.DB) error) error {
	return t.of(ctx, businessID).Transaction(f)
}

// TopUp adds money to a wallet, once per reference: the same reference and amount again answers as the first time, with
// another amount it is models.Conflict.
func (t *Till) TopUp(ctx context.Context, businessID, reference string, amount int64) (models.Wallet, error) {
	return t.Credit(ctx, businessID, reference, amount, func(*gorm.DB) error { return nil })
}

// Credit is TopUp that tells of it in the same transaction, unless the reference was credited before.
func (t *Till) Credit(ctx context.Context, businessID, reference string, amount int64, told func(tx *gorm.DB) error) (models.Wallet, error) {
	if err := models.CheckReference("reference", reference); err != nil {
		return models.Wallet{}, err
	}
	if amount <= 0 {
		return models.Wallet{}, models.BadField("amount", "amount must be more than 0")
	}
	var wallet models.Wallet
	err := t.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
		a, err := locked(tx, businessID)
		if err != nil {
			return err
		}
		before := a.Available
		if wallet, err = t.topUp(tx, a, reference, amount); err != nil || wallet.Available == before {
			return err
		}
		return told(tx)
	})
	if err != nil {
		return models.Wallet{}, fault(err)
	}
	return wallet, nil
}

// TopUpIn is TopUp within a transaction of somebody else's, which locks the wallet until it ends.
func (t *Till) TopUpIn(tx *gorm.DB, businessID, reference string, amount int64) (models.Wallet, error) {
	a, err := locked(tx, businessID)
	if err != nil {
		return models.Wallet{}, err
	}
	return t.topUp(tx, a, reference, amount)
}

func (t *Till) topUp(tx *gorm.DB, a *account, reference string, amount int64) (models.Wallet, error) {
	var earlier models.Transfer
	err := tx.Where("business_id = ? AND kind = ? AND reference = ?", a.BusinessID, models.TopUp, reference).Take(&earlier).Error
	switch {
	case err == nil && earlier.Amount == amount:
		return a.Wallet, nil
	case err == nil:
		return a.Wallet, models.Fail(models.Conflict, "the reference was used for another amount")
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return a.Wallet, fmt.Errorf("look for the reference: %w", err)
	case a.Available+a.Held > maxBalance-amount:
		return a.Wallet, models.BadField("amount", "the balance would be too large")
	}
	m := move{Transfer: newTransfer(a.BusinessID, models.TopUp, amount)}
	m.Reference, m.CreatedAt = reference, t.world.Now()
	a.apply(m)
	if err := t.write(tx, a); err != nil {
		return a.Wallet, fmt.Errorf("write the top-up: %w", err)
	}
	return a.Wallet, nil
}

// write stores an account's new transfers and balances within the transaction that locked it.
func (t *Till) write(tx *gorm.DB, a *account) error {
	return writeAccount(tx, a, t.keys.ChainKey(), t.world.Now())
}

// maxBalance keeps sums of a wallet far from overflow.
const maxBalance = 1 << 60

// locked reads a wallet and keeps everybody else from changing it until the transaction ends.
func locked(tx *gorm.DB, businessID string) (*account, error) {
	a := &account{}
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("business_id = ?", businessID).Take(&a.Wallet).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, models.Fail(models.NotFound, "business not found")
	}
	if err != nil {
		return nil, fmt.Errorf("lock the wallet: %w", err)
	}
	return a, nil
}

// Wallet reads a business's balances.
func (t *Till) Wallet(ctx context.Context, businessID string) (models.Wallet, error) {
	var w models.Wallet
	err := t.readOf(ctx, businessID).Where("business_id = ?", businessID).Take(&w).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return w, models.Fail(models.NotFound, "business not found")
	}
	if err != nil {
		return w, models.Fault(fmt.Errorf("read the wallet: %w", err))
	}
	return w, nil
}

// TransfersFor gives what a business's money did for one thing that it paid for, oldest first.
func (t *Till) TransfersFor(ctx context.Context, businessID, reference string) (list []models.Transfer, err error) {
	kinds := []models.TransferKind{models.Hold, models.Capture, models.Release, models.Refund}
	err = t.readOf(ctx, businessID).Where("business_id = ? AND kind IN ? AND reference = ?", businessID, kinds, reference).
		Order("seq").Find(&list).Error
	if err != nil {
		return nil, models.Fault(fmt.Errorf("read the transfers of a lookup: %w", err))
	}
	return list, nil
}

// ended gives those of some settlements' lookups that have ended already, by their ids.
func (t *Till) ended(ops []*op) (late map[string]bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitDeadline)
	defer cancel()
	var pairs [][]any
	for _, o := range ops {
		if o.settle {
			pairs = append(pairs, []any{o.lookup.BusinessID, o.lookup.ID})
		}
	}
	var ended []models.Lookup
	err = t.all(ctx).Select("business_id", "id").
		Where("(business_id, id) IN ? AND status NOT IN ?", pairs, []models.Status{models.StatusOpen, models.StatusPending}).Find(&ended).Error
	late = make(map[string]bool, len(ended))
	for _, row := range ended {
		late[row.BusinessID+"/"+row.ID] = true
	}
	return late, err
}

// together runs f in a transaction about businesses of which there may be several.
func (t *Till) together(ctx context.Context, f func(tx *gorm.DB) error) error {
	return t.all(ctx).Transaction(f)
}

// applied reads back whether an operation was done after all, and if so fills in its receipt. By the evidence of its
// transfer an operation tells itself from another one about the same lookup.
func applied(tx *gorm.DB, o *op) (bool, error) {
	l, err := rows.Maybe[models.Lookup](tx.Select("status", "charged").
		Where("business_id = ? AND id = ?", o.lookup.BusinessID, o.lookup.ID))
	if err != nil || l == nil || (o.settle && !l.Status.Settled()) { // repeating what leaves it pending does no harm
		return false, err
	}
	w, err := rows.Maybe[models.Wallet](tx.Where("business_id = ?", o.lookup.BusinessID))
	if err != nil || w == nil {
		return false, err
	}
	o.receipt, o.err = Receipt{Charged: l.Charged, Balance: w.Available}, nil
	if len(o.moves) == 0 {
		if o.settle && (l.Status != o.lookup.Status || l.Charged != o.lookup.Charged) {
			o.err = ErrAlreadySettled
		}
		return true, nil
	}
	own := o.moves[0]
	row, err := rows.Maybe[models.Transfer](tx.Where("business_id = ? AND kind = ? AND reference = ?", w.BusinessID, own.Kind, o.lookup.ID))
	switch {
	case err != nil:
		return false, err
	case row == nil || !bytes.Equal(row.Evidence, own.Evidence):
		o.err = ErrAlreadySettled
	case own.Kind != models.Release:
		o.receipt.Entry = row.Seq
	}
	return true, nil
}
