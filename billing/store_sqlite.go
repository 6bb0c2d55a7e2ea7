package billing

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// embedded applies a batch on the embedded engine, where there is one writer: it may decide in plain code between
// reading and writing.
type embedded struct {
	db     *gorm.DB
	now    func() time.Time
	outbox Outbox
	keys   models.ChainKeys
}

func (e *embedded) commit(ctx context.Context, b batch) error {
	return e.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		t := &batchTx{tx: tx, now: e.now(), outbox: e.outbox, key: e.keys.ChainKey(), accounts: map[string]*account{}}
		for _, o := range b.settles {
			if err := t.settle(o); err != nil {
				return err
			}
		}
		for _, o := range b.holds {
			if err := t.hold(o); err != nil {
				return err
			}
		}
		return t.write(slices.Concat(b.settles, b.holds))
	})
}

// batchTx is one transaction at the till of the embedded engine.
type batchTx struct {
	tx       *gorm.DB
	now      time.Time
	outbox   Outbox
	key      models.ChainKey
	accounts map[string]*account
	order    []string // of the accounts, as they were opened
	opened   []*models.Lookup
}

// account reads a wallet once; nil when the business has none.
func (t *batchTx) account(businessID string) (*account, error) {
	if a, known := t.accounts[businessID]; known {
		return a, nil
	}
	a := &account{}
	err := t.tx.Where("business_id = ?", businessID).Take(&a.Wallet).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	t.accounts[businessID], t.order = a, append(t.order, businessID)
	return a, err
}

func (t *batchTx) hold(o *op) error {
	a, err := t.account(o.lookup.BusinessID)
	if err != nil {
		return err
	}
	if a == nil {
		o.err = errNoWallet
		return nil
	}
	if o.err, err = t.refusal(o, a); o.err != nil || err != nil {
		return err
	}
	caps, err := a.capsFor(t.tx, o.lookup.KeyID, o.lookup.CapDay)
	if err != nil {
		return err
	}
	a.take(caps, o.lookup.Held, asks(o.lookup), o.lookup.RequestedAt)
	t.opened = append(t.opened, o.lookup)
	a.tell(o.free)
	for _, m := range o.moves {
		o.receipt.Entry = a.apply(m).Seq
	}
	return nil
}

// refusal tells why a hold may not be: the subject's word first, then the idempotency key, then the money. The key is
// taken last, so that a refused hold leaves it free.
func (t *batchTx) refusal(o *op, a *account) (refused, err error) {
	withdrawn, err := t.any("consent_withdrawals", "business_id = ? AND number_index = ?", o.lookup.BusinessID, o.lookup.NumberIndex)
	if err != nil || withdrawn {
		return errWithdrawn, err
	}
	if o.reserve != nil {
		taken, err := t.any("idempotency_keys", "business_id = ? AND key = ? AND expires_at > ?", o.lookup.BusinessID, o.reserve.Key, t.now)
		if err != nil || taken {
			return errKeyTaken, err
		}
	}
	caps, err := a.capsFor(t.tx, o.lookup.KeyID, o.lookup.CapDay)
	for _, c := range caps {
		if c.stops(o.lookup.Held, asks(o.lookup)) {
			return errCapped(c.Owner, c.Period, o.lookup.CapDay, o.zone), err
		}
	}
	if err != nil {
		return nil, err
	}
	if o.lookup.Held > a.Available {
		return errInsufficient, nil
	}
	return nil, t.reserve(o)
}

func (t *batchTx) any(table, condition string, args ...any) (bool, error) {
	var n int64
	err := t.tx.Table(table).Where(condition, args...).Limit(1).Count(&n).Error
	return n > 0, err
}

// reserve takes the idempotency key for the lookup, over one that has expired.
func (t *batchTx) reserve(o *op) error {
	if o.reserve == nil {
		return nil
	}
	return t.tx.Exec(`INSERT OR REPLACE INTO idempotency_keys (business_id, key, lookup_id, body_hash, expires_at)
		VALUES (?, ?, ?, ?, ?)`,
		o.lookup.BusinessID, o.reserve.Key, o.lookup.ID, o.reserve.BodyHash, o.reserve.ExpiresAt).Error
}

func (t *batchTx) settle(o *op) error {
	l, from := o.lookup, []models.Status{models.StatusOpen, models.StatusPending}
	if o.swept {
		from = from[:1]
	}
	done := t.tx.Model(&models.Lookup{}).
		Where("business_id = ? AND id = ? AND status IN ?", l.BusinessID, l.ID, from).
		Updates(map[string]any{
			"status": l.Status, "reason": l.Reason, "source": l.Source, "charged": l.Charged, "checked": l.Checked,
			"answer": l.Answer, "attempts": l.Attempts, "answered_at": l.AnsweredAt, "modified_at": l.ModifiedAt,
			"expires_at": gorm.Expr("coalesce(?, expires_at)", l.ExpiresAt),
		})
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected == 0 {
		o.err = ErrAlreadySettled
		return nil
	}
	a, err := t.account(l.BusinessID)
	if err != nil || a == nil {
		return errors.Join(err, errNoWallet)
	}
	a.tell(o.free)
	for _, m := range o.moves {
		if moved := a.apply(m); moved.Kind == models.Capture {
			o.receipt.Entry = moved.Seq
		}
	}
	o.receipt.Charged = l.Charged
	money, lookups := unused(l)
	if err := a.giveBack(t.tx, l.KeyID, l.CapDay, money, lookups); err != nil {
		return err
	}
	if o.event != nil {
		return t.outbox.Write(t.tx, o.event)
	}
	return nil
}

// write stores what the batch decided: records, transfers, wallets, kept answers.
func (t *batchTx) write(ops []*op) error {
	if len(t.opened) > 0 {
		if err := t.tx.CreateInBatches(t.opened, 100).Error; err != nil {
			return err
		}
	}
	for _, id := range t.order {
		if err := writeAccount(t.tx, t.accounts[id], t.key, t.now); err != nil {
			return err
		}
	}
	for _, o := range ops {
		if a := t.accounts[o.lookup.BusinessID]; a != nil {
			o.receipt.Balance = a.Available
		}
		if err := t.keep(o); err != nil {
			return err
		}
	}
	return nil
}

func (t *batchTx) keep(o *op) error {
	if o.keep == nil || o.err != nil {
		return nil //nolint:nilerr // a refusal keeps nothing; it is no failure of the transaction
	}
	mine := t.tx.Table("idempotency_keys").
		Where("business_id = ? AND key = ? AND lookup_id = ?", o.lookup.BusinessID, o.keep.Key, o.lookup.ID)
	if o.keep.Response == nil {
		return mine.Delete(nil).Error
	}
	entry := o.keep.Entry
	if o.receipt.Charged > 0 {
		entry = o.receipt.Entry
	}
	return mine.Updates(map[string]any{
		"response": o.keep.Response, "charge": o.receipt.Charged, "balance": o.receipt.Balance, "entry": entry,
	}).Error
}

// writeAccount stores an account's new transfers and balances, and what follows from them, within the transaction that locked it.
func writeAccount(tx *gorm.DB, a *account, key models.ChainKey, now time.Time) error {
	if len(a.rows) > 0 {
		a.watch(now)
	}
	if err := writeCaps(tx, a); err != nil || len(a.rows) == 0 && len(a.free) == 0 {
		return err
	}
	a.close(key)
	if err := insertAll(tx, a.rows); err != nil {
		return err
	}
	if err := insertAll(tx, a.free); err != nil {
		return err
	}
	return tx.Model(&models.Wallet{}).Where("business_id = ?", a.BusinessID).Updates(map[string]any{
		"available": a.Available, "held": a.Held, "seq": a.Seq, "head": a.Head, "free_seq": a.FreeSeq, "free_head": a.FreeHead,
		"level": a.Level,
	}).Error
}
