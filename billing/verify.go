package billing

import (
	"bytes"
	"context"
	"fmt"

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

// Verify recomputes the books of one business, or of all when businessID is empty: the gapless numbering and hash chain
// of its transfers, every running balance, the wallet, and for each transfer made for a lookup or a charge the record
// that it was made for. progress hears how many transfers were read. The books are read as of one moment.
func (t *Till) Verify(ctx context.Context, businessID string, progress func(transfers int64)) (Audit, error) {
	audit := Audit{Lies: []Lie{}}
	ids, err := t.wallets(ctx, businessID)
	if err != nil {
		return audit, models.Fault(fmt.Errorf("list the wallets: %w", err))
	}
	if businessID != "" && len(ids) == 0 {
		return audit, models.Fail(models.NotFound, "business not found")
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

// verifyPage is how many transfers are read at a time.
const verifyPage = 5000

// verify walks one business's transfers up to the wallet as it stood when the walk began.
func (t *Till) verify(ctx context.Context, businessID string, audit *Audit, progress func(int64)) (*Lie, error) {
	wallet, err := t.snapshot(ctx, businessID)
	if err != nil {
		return nil, err
	}
	w := &walk{account: account{Wallet: models.Wallet{BusinessID: businessID, Head: make([]byte, 32)}}}
	for w.Seq < wallet.Seq {
		rows, err := t.transfers(ctx, businessID, w.Seq, wallet.Seq)
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
		lie, err := t.verifyRecords(ctx, rows, audit)
		if lie != nil || err != nil {
			return lie, err
		}
		audit.Transfers += int64(len(rows))
		progress(audit.Transfers)
	}
	return w.compare(&wallet), nil
}

// moment is a wallet beside what the other tables say about it.
type moment struct {
	models.Wallet
	Open   int64 // held by lookups and charges that have not ended
	Billed int64 // charged for lookups and captured by charges
	Beyond int64 // the first transfer that the wallet does not know of; 0 when there is none
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
	w.apply(move{Transfer: *row, digest: transferDigest(row)})
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
		w.Head = link(w.Head, w.digests...)
		w.rows, w.digests = w.rows[:0], w.digests[:0]
		if !bytes.Equal(w.Head, head) {
			return "breaks the hash chain: it or an entry before it was changed"
		}
	}
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
	case !bytes.Equal(wallet.Head, w.Head) || len(w.digests) > 0:
		what = "its head is not the end of the chain"
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
