package billing

import (
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
func (t *Till) walletIDs(ctx context.Context, businessID string) ([]string, error) {
	ids, err := t.wallets(ctx, businessID)
	if err != nil {
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
	lie, err := w.through(t.reader(ctx, businessID), wallet.Seq, func(rows []models.Transfer) (*Lie, error) {
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

// reader gives a business's transfers behind one up to another, in their order, at most verifyPage.
type reader func(after, upTo int64) ([]models.Transfer, error)

// through walks on to a transfer. each, if there is one, sees the rows as they were read.
func (w *walk) through(read reader, last int64, each func(rows []models.Transfer) (*Lie, error)) (*Lie, error) {
	for w.Seq < last {
		rows, err := read(w.Seq, last)
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
