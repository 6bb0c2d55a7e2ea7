package billing

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"whoseline/models"
)

// walk replays transfers.
type walk struct {
	account
	keys             models.ChainKeys
	sealings         []sealing // those still ahead
	lenient          bool      // what is not keyed is believed
	unkeyed          int64     // the first transfer behind the sealings that is not keyed; 0 = none
	funding, revenue int64
	lookups          int64 // for which money was held
}

// step replays one transfer and tells what is wrong with it.
func (w *walk) step(row *models.Transfer) string {
	debit, credit := row.Kind.Accounts()
	switch {
	case row.Seq != w.Seq+1:
		return fmt.Sprintf("follows entry %d: entries between are missing", w.Seq)
	case row.Debit != debit || row.Credit != credit:
		return "names accounts that its kind does not move"
	}
	balance, head := row.Balance, row.Head
	w.apply(move{*row})
	switch row.Kind {
	case models.TopUp:
		w.funding += row.Amount
	case models.Capture:
		w.revenue += row.Amount
	}
	switch {
	case w.Available < 0 || w.Held < 0:
		return "spends money that is not there"
	case w.Available != balance:
		return fmt.Sprintf("says the balance is %d; the entries before it give %d", balance, w.Available)
	case head != nil:
		return w.close(head)
	}
	return ""
}

// begin starts a walk where the wallet's chain began.
func (t *Till) begin(wallet *models.Wallet) (w *walk, what string) {
	w = &walk{account: account{Wallet: models.Wallet{BusinessID: wallet.BusinessID}}, keys: t.keys}
	w.Head = t.keys.ChainStart(moneyChain, wallet.BusinessID)
	sealings, ok := readSealings(t.keys, wallet.BusinessID, wallet.Sealing)
	if !ok || len(sealings) == 1 {
		return nil, "has a sealing that nobody with the keys made"
	}
	if len(sealings) > 0 {
		w.Head, w.sealings = sealings[0].State, sealings[1:]
	}
	return w, ""
}

// What is wrong with a mark.
const (
	broken     = "breaks the chain: it or an entry before it was changed"
	unknownKey = "is marked with a key that is not there"
)

// close ends a run of transfers at the mark that its last one carries, and tells what is wrong with it.
func (w *walk) close(mark []byte) string {
	defer func() { w.rows = w.rows[:0] }()
	if len(mark) == sha256.Size {
		return w.closeUnkeyed(mark)
	}
	key, ok := w.keys.ChainKeyOf(mark[:min(len(mark), 4)])
	if !ok {
		return unknownKey
	}
	w.Head = link(w.Head, signatures(key, w.rows)...)
	if !bytes.Equal(mark, markOf(key, w.Head)) {
		return broken
	}
	return w.passSealing()
}

// closeUnkeyed ends a run of a version that had no key. Behind the sealing none may stand.
func (w *walk) closeUnkeyed(state []byte) string {
	if w.unkeyed == 0 && len(w.sealings) == 0 {
		w.unkeyed = w.Seq - int64(len(w.rows)) + 1
	}
	if len(w.sealings) == 0 && !w.lenient {
		return "is not keyed (if a gateway of an older version wrote it: `whoseline seal chains`)"
	}
	digests := make([][32]byte, len(w.rows))
	for i := range w.rows {
		digests[i] = unkeyedDigest(&w.rows[i])
	}
	if w.Head = link(w.Head, digests...); !bytes.Equal(w.Head, state) {
		return broken
	}
	return w.passSealing()
}

// passSealing holds the state against the one that was sealed, once the walk is there, and goes on behind it.
func (w *walk) passSealing() string {
	if len(w.sealings) == 0 || w.Seq != w.sealings[0].Seq {
		return ""
	}
	if !bytes.Equal(w.Head, w.sealings[0].State) {
		return "is not the end of the history that was sealed"
	}
	w.Head, w.sealings = w.sealings[0].next(w.BusinessID), w.sealings[1:]
	return ""
}

// compare checks the wallet, the open holds and the charges against what the transfers give.
func (w *walk) compare(wallet *moment) *Lie {
	var what string
	switch {
	case wallet.Beyond > 0:
		return w.lie(wallet.Beyond, "is unknown to the wallet")
	case wallet.Available != w.Available:
		what = fmt.Sprintf("available is %d; the transfers give %d", wallet.Available, w.Available)
	case wallet.Held != w.Held:
		what = fmt.Sprintf("held is %d; the transfers give %d", wallet.Held, w.Held)
	case wallet.Open != w.Held:
		what = fmt.Sprintf("held is %d; open lookups and charges hold %d", w.Held, wallet.Open)
	case wallet.Billed != w.revenue:
		what = fmt.Sprintf("lookups and charges were billed %d; the transfers give %d", wallet.Billed, w.revenue)
	case !bytes.Equal(wallet.Head, w.Head) || len(w.rows) > 0:
		what = "its head is not the end of the chain"
	case len(w.sealings) > 0:
		what = "ends before the history that was sealed"
	case w.funding != w.Available+w.Held+w.revenue:
		what = "money was made or lost"
	default:
		return nil
	}
	return &Lie{wallet.BusinessID, "wallets " + wallet.BusinessID, what}
}

func (w *walk) lie(seq int64, what string) *Lie {
	return &Lie{w.BusinessID, fmt.Sprintf("transfers %s/%d", w.BusinessID, seq), what}
}
