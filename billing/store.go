package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

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
		wallet, err = t.topUp(tx, a, reference, amount)
		return err
	})
	if err != nil {
		return models.Wallet{}, fault(err)
	}
	return wallet, nil
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
func (t *Till) write(tx *gorm.DB, a *account) error { return writeAccount(tx, a, t.keys.ChainKey()) }

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

// Page asks for a part of a statement, newest first. The zero value of a field does not filter.
type Page struct {
	BusinessID string
	Limit      int   // at most this many
	Before     int64 // only transfers older than this entry
	Kind       models.TransferKind
	From       time.Time // inclusive
	To         time.Time // exclusive
}

// Statement lists a business's transfers and tells whether there are more.
func (t *Till) Statement(ctx context.Context, p Page) (list []models.Transfer, more bool, err error) {
	q := t.readOf(ctx, p.BusinessID).Where("business_id = ?", p.BusinessID).Order("seq DESC")
	if p.Before > 0 {
		q = q.Where("seq < ?", p.Before)
	}
	if p.Kind != "" {
		q = q.Where("kind = ?", p.Kind)
	}
	if !p.From.IsZero() {
		q = q.Where("created_at >= ?", p.From)
	}
	if !p.To.IsZero() {
		q = q.Where("created_at < ?", p.To)
	}
	list, more, err = rows.Page[models.Transfer](q, p.Limit)
	return list, more, models.FaultIn("read the statement", err)
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

// applied reads back whether an operation's transaction was committed after all, and if so fills in its receipt.
func (t *Till) applied(ctx context.Context, o *op) (bool, error) {
	var l models.Lookup
	err := t.of(ctx, o.lookup.BusinessID).Select("status", "charged").
		Where("business_id = ? AND id = ?", o.lookup.BusinessID, o.lookup.ID).Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	if err != nil || (o.settle && !l.Status.Settled()) { // repeating what leaves it pending does no harm
		return false, err
	}
	o.err = nil
	if o.settle && (l.Status != o.lookup.Status || l.Charged != o.lookup.Charged) {
		o.err = ErrAlreadySettled
	}
	w, err := t.Wallet(ctx, o.lookup.BusinessID)
	if err != nil {
		return false, err
	}
	o.receipt = Receipt{Charged: l.Charged, Balance: w.Available}
	if o.err != nil || len(o.moves) == 0 || o.moves[0].Kind == models.Release {
		return true, nil //nolint:nilerr // it was applied, by somebody else
	}
	err = t.of(ctx, w.BusinessID).Model(&models.Transfer{}).Select("seq").
		Where("business_id = ? AND kind = ? AND reference = ?", w.BusinessID, o.moves[0].Kind, o.lookup.ID).
		Take(&o.receipt.Entry).Error
	return err == nil, err
}
