package billing

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

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
	Free       int64 `json:"free"` // lookups for which no money was held
	Lies       []Lie `json:"lies"` // the first of each business
}

// Verify recomputes the books of one business, or of all when businessID is empty: the gapless numbering and keyed chain
// of its transfers, every running balance, the wallet, and for each transfer made for a lookup or a charge the record
// that it was made for; the same of the free lookups' chain; and that each lookup is in one of them. progress hears how many
// transfers were read. The books of a business are read as of one moment; several are read at once.
func (t *Till) Verify(ctx context.Context, businessID string, progress func(transfers int64)) (Audit, error) {
	audit := Audit{Lies: []Lie{}}
	ids, err := t.walletIDs(ctx, businessID)
	if err != nil {
		return audit, err
	}
	lies, all := make([]*Lie, len(ids)), &seen{heard: progress}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, id := range ids {
		group.Go(func() (err error) {
			if lies[i], err = t.verify(ctx, id, all); err != nil {
				return models.Fault(fmt.Errorf("verify business %s: %w", id, err))
			}
			return nil
		})
	}
	err = group.Wait()
	audit.Transfers, audit.Lookups, audit.Charges, audit.Free = all.transfers, all.lookups, all.charges, all.free
	audit.Businesses = len(ids)
	for _, lie := range lies {
		if lie != nil {
			audit.Lies = append(audit.Lies, *lie)
		}
	}
	return audit, err
}

// seen is what several walks have seen together.
type seen struct {
	mu                                sync.Mutex
	transfers, lookups, charges, free int64
	heard                             func(transfers int64)
}

func (s *seen) add(transfers, lookups, charges, free int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.transfers, s.lookups, s.charges, s.free = s.transfers+transfers, s.lookups+lookups, s.charges+charges, s.free+free
	s.heard(s.transfers)
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

// verifyPage is how many rows of a chain are read at a time.
const verifyPage = 5000

// verify walks one business's transfers, and then its free lookups, up to the wallet as it stood when the walk began.
func (t *Till) verify(ctx context.Context, businessID string, seen *seen) (*Lie, error) {
	wallet, err := t.snapshot(ctx, businessID)
	if err != nil {
		return nil, err
	}
	w, what := t.begin(&wallet.Wallet)
	if what != "" {
		return &Lie{businessID, "wallets " + businessID, what}, nil
	}
	lie, err := ahead(ctx, wallet.Seq, t.transferPage(businessID), func(p transferPage) (*Lie, error) {
		if lie := w.turn(p); lie != nil {
			return lie, nil
		}
		w.lookups += p.lookups
		seen.add(int64(len(p.rows)), p.lookups, p.charges, 0)
		return nil, nil
	})
	if lie != nil || err != nil {
		return lie, err
	}
	if lie := w.compare(&wallet); lie != nil {
		return lie, nil
	}
	return t.verifyFree(ctx, &wallet, w.lookups, seen)
}

// transferPage is a part of a business's transfers, held against the records that they were made for.
type transferPage struct {
	through          int64 // the number that the part goes to
	rows             []models.Transfer
	lie              *Lie // the first record that contradicts its transfer
	lookups, charges int64
}

func (t *Till) transferPage(businessID string) pageOf[transferPage] {
	return func(ctx context.Context, after, upTo int64) (p transferPage, err error) {
		p.through = upTo
		if p.rows, err = t.reader(ctx, businessID)(after, upTo); err != nil {
			return p, err
		}
		return p, t.holdAgainstRecords(ctx, businessID, &p)
	}
}

// turn replays a page.
func (w *walk) turn(p transferPage) *Lie {
	for i := range p.rows {
		if what := w.step(&p.rows[i]); what != "" {
			return w.lie(p.rows[i].Seq, what)
		}
	}
	if w.Seq < p.through {
		return w.lie(w.Seq+1, "is missing")
	}
	return p.lie
}

// reader gives a business's transfers behind one up to another, in their order, at most verifyPage.
type reader func(after, upTo int64) ([]models.Transfer, error)

// through walks on to a transfer.
func (w *walk) through(read reader, last int64) (*Lie, error) {
	for w.Seq < last {
		rows, err := read(w.Seq, last)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return w.lie(w.Seq+1, "is missing"), nil
		}
		if lie := w.turn(transferPage{rows: rows}); lie != nil {
			return lie, nil
		}
	}
	return nil, nil
}

// moment is a wallet beside what the other tables say about it.
type moment struct {
	models.Wallet
	Open       int64 // held by lookups and charges that have not ended
	Billed     int64 // charged for lookups and captured by charges
	Beyond     int64 // the first transfer that the wallet does not know of; 0 when there is none
	Paid       int64 // lookups for which money was held
	Free       int64 // the others
	FreeEnded  int64 // those of the others that have ended
	FreeBeyond int64 // as Beyond, of the free lookups' chain
}

// holdAgainstRecords recomputes the evidence of a page's transfers from the records that they were made for.
func (t *Till) holdAgainstRecords(ctx context.Context, businessID string, p *transferPage) error {
	var ids []string
	for i := range p.rows {
		if p.rows[i].Evidence != nil {
			ids = append(ids, p.rows[i].Reference)
		}
	}
	records, err := t.records(ctx, businessID, ids)
	if err != nil {
		return err
	}
	for i := range p.rows {
		row := &p.rows[i]
		if what := records.contradict(row); what != "" && p.lie == nil {
			p.lie = &Lie{row.BusinessID, records.table(row) + " " + row.BusinessID + "/" + row.Reference, what}
		}
		switch {
		case row.Kind != models.Hold:
		case records.charges[row.Reference] != nil:
			p.charges++
		default:
			p.lookups++
		}
	}
	return nil
}
