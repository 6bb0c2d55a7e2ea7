package billing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"

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
	if w.lenient = true; wallet.Sealing == nil && startsUnkeyed(ctx, t, businessID) {
		w.Head = make([]byte, sha256.Size)
	}
	first := sealing{State: w.Head, key: t.keys.ChainKey()}
	if lie, err := w.through(t.reader(ctx, businessID), wallet.Seq, nil); lie != nil || err != nil {
		return nil, lie, err
	}
	err = t.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
		a, err := locked(tx, businessID)
		if err != nil {
			return err
		}
		if lie, err = w.through(readerOf(tx, businessID), a.Seq, nil); lie != nil || err != nil {
			return err
		}
		if !bytes.Equal(w.Head, a.Head) && a.Seq > 0 {
			lie = &Lie{businessID, "wallets " + businessID, "its head is not the end of the chain"}
			return nil
		}
		switch {
		case a.Seq == 0 && order.Upgrade:
			head := t.keys.ChainStart(moneyChain, businessID)
			return tx.Model(&models.Wallet{}).Where("business_id = ?", businessID).Update("head", head).Error
		case w.unkeyed == 0:
			return nil
		}
		if s = (&Sealed{businessID, w.unkeyed, a.Seq}); order.Look {
			return nil
		}
		return errors.Join(t.writeSealing(tx, a, first), order.Told(tx, *s))
	})
	return s, lie, err
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

// startsUnkeyed tells whether a history's first mark was made without a key.
func startsUnkeyed(ctx context.Context, t *Till, businessID string) bool {
	var row models.Transfer
	err := t.of(ctx, businessID).Where("business_id = ? AND head IS NOT NULL", businessID).Order("seq").Limit(1).Find(&row).Error
	return err == nil && len(row.Head) == sha256.Size
}
