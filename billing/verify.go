package billing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// Lie is the first row of a business's books that does not follow from the others.
type Lie struct {
	BusinessID string `json:"businessId"`
	Row        string `json:"row"`  // table and key
	What       string `json:"what"` // what is wrong with it
}

// Audit is what Verify looked at.
type Audit struct {
	Businesses int   `json:"businesses"`
	Transfers  int64 `json:"transfers"`
	Lookups    int64 `json:"lookups"`
	Charges    int64 `json:"charges"`
	Lies       []Lie `json:"lies"` // the first of each business
}

// Verify recomputes the books of one business, or of all when businessID is empty: the gapless numbering and keyed chain
// of its transfers, every running balance, the wallet, and for each transfer made for a lookup or a charge the record
// that it was made for. progress hears how many transfers were read. The books are read as of one moment.
func (t *Till) Verify(ctx context.Context, businessID string, progress func(transfers int64)) (Audit, error) {
	audit := Audit{Lies: []Lie{}}
	ids, err := t.walletIDs(ctx, businessID)
	if err != nil {
		return audit, err
	}
	for _, id := range ids {
		lie, err := t.verify(ctx, id, &audit, progress)
		if err != nil {
			return audit, models.Fault(fmt.Errorf("verify business %s: %w", id, err))
		}
		audit.Businesses++
		if lie != nil {
			audit.Lies = append(audit.Lies, *lie)
		}
	}
	return audit, nil
}

// walletIDs gives the businesses to look at: one, or all.
func (t *Till) walletIDs(ctx context.Context, businessID string) (ids []string, err error) {
	q := t.DB.WithContext(ctx).Model(&models.Wallet{}).Order("business_id")
	if businessID != "" {
		q = q.Where("business_id = ?", businessID)
	}
	if err := q.Pluck("business_id", &ids).Error; err != nil {
		return nil, models.Fault(fmt.Errorf("list the wallets: %w", err))
	}
	if businessID != "" && len(ids) == 0 {
		return nil, models.Fail(models.NotFound, "business not found")
	}
	return ids, nil
}

// verifyPage is how many transfers are read at a time.
const verifyPage = 5000

// verify walks one business's transfers up to the wallet as it stood when the walk began.
func (t *Till) verify(ctx context.Context, businessID string, audit *Audit, progress func(int64)) (*Lie, error) {
	wallet, err := t.snapshot(ctx, businessID)
	if err != nil {
		return nil, err
	}
	w, what := t.begin(&wallet.Wallet)
	if what != "" {
		return &Lie{businessID, "wallets " + businessID, what}, nil
	}
	lie, err := w.through(t.DB.WithContext(ctx), wallet.Seq, func(rows []models.Transfer) (*Lie, error) {
		if lie, err := t.verifyRecords(ctx, rows, audit); lie != nil || err != nil {
			return lie, err
		}
		audit.Transfers += int64(len(rows))
		progress(audit.Transfers)
		return nil, nil
	})
	if lie != nil || err != nil {
		return lie, err
	}
	return w.compare(&wallet), nil
}

// through walks on to a transfer. each, if there is one, sees the rows as they were read.
func (w *walk) through(db *gorm.DB, last int64, each func(rows []models.Transfer) (*Lie, error)) (*Lie, error) {
	for w.Seq < last {
		var rows []models.Transfer
		err := db.Where("business_id = ? AND seq > ? AND seq <= ?", w.BusinessID, w.Seq, last).
			Order("seq").Limit(verifyPage).Find(&rows).Error
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return w.lie(w.Seq+1, "is missing"), nil
		}
		for i := range rows {
			if what := w.step(&rows[i]); what != "" {
				return w.lie(rows[i].Seq, what), nil
			}
		}
		if each == nil {
			continue
		}
		if lie, err := each(rows); lie != nil || err != nil {
			return lie, err
		}
	}
	return nil, nil
}

// moment is a wallet beside what the other tables say about it.
type moment struct {
	models.Wallet
	Open   int64 // held by lookups and charges that have not ended
	Billed int64 // charged for lookups and captured by charges
	Beyond int64 // the first transfer that the wallet does not know of; 0 when there is none
}

const momentStatement = `
SELECT w.business_id, w.currency, w.available, w.held, w.seq, w.head, w.sealing,
	(SELECT coalesce(sum(held), 0) FROM lookups l WHERE l.business_id = w.business_id AND l.status IN ('open', 'pending')) +
		(SELECT coalesce(sum(amount), 0) FROM charges c WHERE c.business_id = w.business_id AND c.status = 'held') AS open,
	(SELECT coalesce(sum(charged), 0) FROM lookups l WHERE l.business_id = w.business_id) +
		(SELECT coalesce(sum(amount), 0) FROM charges c WHERE c.business_id = w.business_id AND c.status = 'captured') AS billed,
	(SELECT coalesce(min(seq), 0) FROM transfers t WHERE t.business_id = w.business_id AND t.seq > w.seq) AS beyond
FROM wallets w WHERE w.business_id = ?`

// snapshot reads a moment in one statement, so that nothing moves meanwhile and nobody has to wait.
func (t *Till) snapshot(ctx context.Context, businessID string) (m moment, err error) {
	err = t.DB.WithContext(ctx).Raw(momentStatement, businessID).Take(&m).Error
	return m, err
}

// verifyRecords recomputes the evidence of transfers from the records that they were made for.
func (t *Till) verifyRecords(ctx context.Context, rows []models.Transfer, audit *Audit) (*Lie, error) {
	var ids []string
	for i := range rows {
		if rows[i].Evidence != nil {
			ids = append(ids, rows[i].Reference)
		}
	}
	records, err := t.records(ctx, rows[0].BusinessID, ids)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		row := &rows[i]
		if what := records.contradict(row); what != "" {
			return &Lie{row.BusinessID, records.table(row) + " " + row.BusinessID + "/" + row.Reference, what}, nil
		}
		switch {
		case row.Kind != models.Hold:
		case records.charges[row.Reference] != nil:
			audit.Charges++
		default:
			audit.Lookups++
		}
	}
	return nil, nil
}

// walk replays transfers.
type walk struct {
	account
	keys             models.ChainKeys
	sealings         []sealing // those still ahead
	lenient          bool      // what is not keyed is believed
	unkeyed          int64     // the first transfer behind the sealings that is not keyed; 0 = none
	funding, revenue int64
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
	w = &walk{account: account{Wallet: models.Wallet{BusinessID: wallet.BusinessID}}, keys: t.Keys}
	w.Head = t.Keys.ChainStart(moneyChain, wallet.BusinessID)
	sealings, ok := readSealings(t.Keys, wallet.BusinessID, wallet.Sealing)
	if !ok || len(sealings) == 1 {
		return nil, "has a sealing that nobody with the keys made"
	}
	if len(sealings) > 0 {
		w.Head, w.sealings = sealings[0].State, sealings[1:]
	}
	return w, ""
}

const broken = "breaks the chain: it or an entry before it was changed"

// close ends a run of transfers at the mark that its last one carries, and tells what is wrong with it.
func (w *walk) close(mark []byte) string {
	defer func() { w.rows = w.rows[:0] }()
	if len(mark) == sha256.Size {
		return w.closeUnkeyed(mark)
	}
	key, ok := w.keys.ChainKeyOf(mark[:min(len(mark), 4)])
	if !ok {
		return "is marked with a key that is not there"
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
