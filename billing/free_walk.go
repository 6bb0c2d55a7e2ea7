package billing

import (
	"bytes"
	"context"
	"fmt"

	"whoseline/models"
)

// freeWalk replays the evidence of free lookups.
type freeWalk struct {
	businessID     string
	keys           models.ChainKeys
	seq            int64
	head           []byte
	run            []freeStep // since the last mark
	opened, closed int64
}

// freePage is a part of that chain, held against the lookups.
type freePage struct {
	through int64
	rows    []freeStep
	lie     *Lie
}

// verifyFree walks a business's free lookups, and then asks whether each lookup is in one of the two chains. paid is how many
// the transfers tell of.
func (t *Till) verifyFree(ctx context.Context, wallet *moment, paid int64, seen *seen) (*Lie, error) {
	id := wallet.BusinessID
	if wallet.FreeHead == nil {
		return &Lie{id, "wallets " + id, "has no chain of free lookups (if a gateway of an older version made it: `whoseline seal chains`)"}, nil
	}
	w := freeWalk{businessID: id, keys: t.keys, head: t.keys.ChainStart(freeChain, id)}
	lie, err := ahead(ctx, wallet.FreeSeq, t.freePage(id), func(p freePage) (*Lie, error) { return w.turn(p), nil })
	if lie != nil || err != nil {
		return lie, err
	}
	if lie := w.compare(wallet); lie != nil {
		return lie, nil
	}
	switch seen.add(0, 0, 0, w.opened); {
	case w.opened != wallet.Free || w.closed != wallet.FreeEnded:
		return t.notInChain(ctx, id, t.unsealed)
	case paid != wallet.Paid:
		return t.notInChain(ctx, id, t.unpaid)
	}
	return nil, nil
}

func (t *Till) notInChain(ctx context.Context, businessID string, find func(context.Context, string) (string, error)) (*Lie, error) {
	id, err := find(ctx, businessID)
	switch {
	case err != nil:
		return nil, err
	case id == "":
		return &Lie{businessID, "wallets " + businessID, "has another number of lookups than its chains tell of"}, nil
	}
	return &Lie{businessID, "lookups " + businessID + "/" + id, "is told of by no chain (if a gateway of an older version wrote it: `whoseline seal chains`)"}, nil
}

func (t *Till) freePage(businessID string) pageOf[freePage] {
	return func(ctx context.Context, after, upTo int64) (p freePage, err error) {
		p.through = upTo
		if p.rows, err = t.freeSteps(ctx, businessID, after, upTo); err != nil {
			return p, err
		}
		records, err := t.records(ctx, businessID, column(p.rows, func(f freeStep) string { return f.Reference }))
		for i := range p.rows {
			if what := records.contradictFree(&p.rows[i]); what != "" && p.lie == nil {
				p.lie = &Lie{businessID, "lookups " + businessID + "/" + p.rows[i].Reference, what}
			}
		}
		return p, err
	}
}

// contradictFree tells how a lookup differs from the evidence of it.
func (r records) contradictFree(f *freeStep) string {
	l := r.lookups[f.Reference]
	switch {
	case l == nil:
		return fmt.Sprintf("is missing, though the free lookups' evidence %d tells of it", f.Seq)
	case f.Kind == freeOpening && evidenceIs(f.Evidence, opening(l)), f.Kind == freeClosing && evidenceIs(f.Evidence, closing(l)):
		return ""
	case f.Kind == freeOpening:
		return "was changed: it is not the request that came"
	}
	return "was changed: it is not the answer that was given"
}

func evidenceIs(stored []byte, of [32]byte) bool { return bytes.Equal(stored, of[:]) }

// turn replays a page.
func (w *freeWalk) turn(p freePage) *Lie {
	for i := range p.rows {
		if what := w.step(&p.rows[i]); what != "" {
			return w.lie(p.rows[i].Seq, what)
		}
	}
	if w.seq < p.through {
		return w.lie(w.seq+1, "is missing")
	}
	return p.lie
}

// step replays one row and tells what is wrong with it.
func (w *freeWalk) step(row *freeStep) string {
	if row.Seq != w.seq+1 {
		return fmt.Sprintf("follows %d: rows between are missing", w.seq)
	}
	w.seq, w.run = row.Seq, append(w.run, *row)
	if row.Kind == freeOpening {
		w.opened++
	} else {
		w.closed++
	}
	if row.Head == nil {
		return ""
	}
	key, ok := w.keys.ChainKeyOf(row.Head[:min(len(row.Head), 4)])
	if !ok {
		return unknownKey
	}
	w.head = link(w.head, freeSignatures(key, w.run)...)
	if w.run = w.run[:0]; !bytes.Equal(row.Head, markOf(key, w.head)) {
		return broken
	}
	return ""
}

// compare holds the wallet against where the walk has come to.
func (w *freeWalk) compare(wallet *moment) *Lie {
	switch {
	case wallet.FreeBeyond > 0:
		return w.lie(wallet.FreeBeyond, "is unknown to the wallet")
	case !bytes.Equal(wallet.FreeHead, w.head) || len(w.run) > 0:
		return &Lie{w.businessID, "wallets " + w.businessID, "its head of free lookups is not the end of their chain"}
	}
	return nil
}

func (w *freeWalk) lie(seq int64, what string) *Lie {
	return &Lie{w.businessID, fmt.Sprintf("free_evidence %s/%d", w.businessID, seq), what}
}
