package billing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// A sealing ends a part of a wallet's chain in which a version before 0.2 wrote without a key: it says, under a key, how far
// that part goes and to which state it leads. Behind it the chain goes on from a state that only whoever has the key can
// tell. A wallet's first sealing has the number 0 and says where its chain began.
type sealing struct {
	Seq   int64  // the number of the last transfer before it
	State []byte // of the chain after that transfer
	key   models.ChainKey
}

// The names of what a sealing's key is used for.
const (
	sealedChain = "transfers sealed"
	nextChain   = "transfers after the sealing"
)

func (s sealing) text(businessID string) []byte {
	return append(number(text(nil, businessID), s.Seq), s.State...)
}

// next is the state from which the chain goes on.
func (s sealing) next(businessID string) []byte {
	sum := s.key.Sum(nextChain, s.text(businessID))
	return sum[:]
}

// write gives what the wallet keeps: the key's id, the number, the state and the keyed hash of both.
func (s sealing) write(businessID string) []byte {
	sum := s.key.Sum(sealedChain, s.text(businessID))
	buf := binary.BigEndian.AppendUint64(append([]byte{}, s.key.ID()...), uint64(s.Seq))
	return append(append(buf, s.State...), sum[:]...)
}

// The parts of what write gives.
const (
	sealingKeyEnd   = 4
	sealingSeqEnd   = sealingKeyEnd + 8
	sealingStateEnd = sealingSeqEnd + sha256.Size
	sealingSize     = sealingStateEnd + sha256.Size
)

// readSealings reads the sealings of a wallet, in the order in which they were made. ok is false when nobody who has the keys
// wrote them for the business.
func readSealings(keys models.ChainKeys, businessID string, stored []byte) (all []sealing, ok bool) {
	for ; len(stored) >= sealingSize; stored = stored[sealingSize:] {
		key, known := keys.ChainKeyOf(stored[:sealingKeyEnd])
		if !known {
			return nil, false
		}
		s := sealing{
			Seq: int64(binary.BigEndian.Uint64(stored[sealingKeyEnd:sealingSeqEnd])), State: stored[sealingSeqEnd:sealingStateEnd], key: key,
		}
		if subtle.ConstantTimeCompare(s.write(businessID), stored[:sealingSize]) != 1 {
			return nil, false
		}
		all = append(all, s)
	}
	return all, len(stored) == 0
}

// Sealed is what SealChains did to the history of one business.
type Sealed struct {
	BusinessID string `json:"businessId"`
	From       int64  `json:"from"`    // the first transfer that is not keyed
	Through    int64  `json:"through"` // the last transfer that is sealed
}

// Sealer says what SealChains is to do.
type Sealer struct {
	BusinessID string                            // "" = every business
	Look       bool                              // only say what would be sealed
	Upgrade    bool                              // this is the moment of the upgrade: wallets that were never used begin anew, too
	Told       func(tx *gorm.DB, s Sealed) error // hears of each business within the transaction that seals its history
}

// SealChains seals what versions without a key have written. It believes those transfers if their unkeyed chain is whole,
// which anybody can bring about who can write to the database: it is for the upgrade from such a version, and for nothing
// else. Lies are of histories that are not whole; they stay as they are. It may be stopped and started again.
func (t *Till) SealChains(ctx context.Context, order Sealer) (done []Sealed, lies []Lie, err error) {
	ids, err := t.walletIDs(ctx, order.BusinessID)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		sealed, lie, err := t.sealChain(ctx, id, order)
		switch {
		case err != nil:
			return done, lies, models.Fault(fmt.Errorf("seal the history of business %s: %w", id, err))
		case lie != nil:
			lies = append(lies, *lie)
		case sealed != nil:
			done = append(done, *sealed)
		}
	}
	return done, lies, nil
}

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
	first := sealing{State: w.Head, key: t.Keys.ChainKey()}
	if lie, err := w.through(t.DB.WithContext(ctx), wallet.Seq, nil); lie != nil || err != nil {
		return nil, lie, err
	}
	err = t.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		a, err := locked(tx, businessID)
		if err != nil {
			return err
		}
		if lie, err = w.through(tx, a.Seq, nil); lie != nil || err != nil {
			return err
		}
		if !bytes.Equal(w.Head, a.Head) && a.Seq > 0 {
			lie = &Lie{businessID, "wallets " + businessID, "its head is not the end of the chain"}
			return nil
		}
		switch {
		case a.Seq == 0 && order.Upgrade:
			head := t.Keys.ChainStart(moneyChain, businessID)
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
	now, stored := sealing{Seq: a.Seq, State: a.Head, key: t.Keys.ChainKey()}, a.Sealing
	if stored == nil {
		stored = first.write(a.BusinessID)
	}
	change := map[string]any{"head": now.next(a.BusinessID), "sealing": append(stored, now.write(a.BusinessID)...)}
	return tx.Model(&models.Wallet{}).Where("business_id = ?", a.BusinessID).Updates(change).Error
}

// startsUnkeyed tells whether a history's first mark was made without a key.
func startsUnkeyed(ctx context.Context, t *Till, businessID string) bool {
	var row models.Transfer
	err := t.DB.WithContext(ctx).Where("business_id = ? AND head IS NOT NULL", businessID).Order("seq").Limit(1).Find(&row).Error
	return err == nil && len(row.Head) == sha256.Size
}
