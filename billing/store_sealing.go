package billing

import (
	"bytes"
	"context"
	"crypto/sha256"

	"gorm.io/gorm"

	"whoseline/models"
)

// sealChain walks a history twice: freely as far as it goes, and what came meanwhile under the wallet's lock.
func (t *Till) sealChain(ctx context.Context, businessID string, order Sealer) (s *Sealed, lie *Lie, err error) {
	wallet, err := t.Wallet(ctx, businessID)
	if err != nil {
		return nil, nil, err
	}
	w, what := t.begin(&wallet)
	if what != "" {
		return nil, &Lie{businessID, "wallets " + businessID, what}, nil
	}
	if w.lenient = true; wallet.Sealing == nil {
		if err := t.beginUnkeyed(ctx, w); err != nil {
			return nil, nil, err
		}
	}
	first := sealing{State: w.Head, key: t.keys.ChainKey()}
	if lie, err := w.through(t.reader(ctx, businessID), wallet.Seq); lie != nil || err != nil {
		return nil, lie, err
	}
	err = t.of(ctx, businessID).Transaction(func(tx *gorm.DB) (err error) {
		s, lie, err = t.sealLocked(tx, w, first, order)
		return err
	})
	return s, lie, err
}

// sealLocked walks on to the end of a history under the wallet's lock, and seals it if any of it is not keyed.
func (t *Till) sealLocked(tx *gorm.DB, w *walk, first sealing, order Sealer) (*Sealed, *Lie, error) {
	a, err := locked(tx, w.BusinessID)
	if err != nil {
		return nil, nil, err
	}
	if lie, err := w.through(readerOf(tx, w.BusinessID), a.Seq); lie != nil || err != nil {
		return nil, lie, err
	}
	switch {
	case a.Seq == 0 && order.Upgrade:
		head := t.keys.ChainStart(moneyChain, w.BusinessID)
		return nil, nil, tx.Model(&models.Wallet{}).Where("business_id = ?", w.BusinessID).Update("head", head).Error
	case a.Seq > 0 && !bytes.Equal(w.Head, a.Head):
		return nil, &Lie{w.BusinessID, "wallets " + w.BusinessID, "its head is not the end of the chain"}, nil
	case w.unkeyed == 0:
		return nil, nil, nil
	}
	s := Sealed{w.BusinessID, w.unkeyed, a.Seq}
	if order.Look {
		return &s, nil, nil
	}
	if err := t.writeSealing(tx, a, first); err != nil {
		return nil, nil, err
	}
	return &s, nil, order.Told(tx, s)
}

// writeSealing seals a history that was walked to its end.
func (t *Till) writeSealing(tx *gorm.DB, a *account, first sealing) error {
	now, stored := sealing{Seq: a.Seq, State: a.Head, key: t.keys.ChainKey()}, a.Sealing
	if stored == nil {
		stored = first.write(a.BusinessID)
	}
	change := map[string]any{"head": now.next(a.BusinessID), "sealing": append(stored, now.write(a.BusinessID)...)}
	return tx.Model(&models.Wallet{}).Where("business_id = ?", a.BusinessID).Updates(change).Error
}

// beginUnkeyed lets a walk begin where versions without keys began, if the first mark of the history is theirs.
func (t *Till) beginUnkeyed(ctx context.Context, w *walk) error {
	var marks []models.Transfer
	err := t.of(ctx, w.BusinessID).Where("business_id = ? AND head IS NOT NULL", w.BusinessID).Order("seq").Limit(1).Find(&marks).Error
	if err == nil && len(marks) == 1 && len(marks[0].Head) == sha256.Size {
		w.Head = make([]byte, sha256.Size)
	}
	return err
}
