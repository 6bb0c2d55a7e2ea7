package billing

import (
	"context"
	"strconv"

	"whoseline/models"
	"whoseline/storage/rows"
)

// Signed is a checkpoint with a business's leaf in it, and the key that signed it.
type Signed struct {
	Checkpoint
	Leaf   Leaf
	Public []byte
}

// Checkpoints gives those that a business is in, newest first: those before a number, or with 0 the newest.
func (t *Till) Checkpoints(ctx context.Context, businessID string, before int64, limit int) (all []Signed, more bool, err error) {
	q := t.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("number DESC")
	if before > 0 {
		q = q.Where("number < ?", before)
	}
	leaves, more, err := rows.Page[Leaf](q, limit)
	for _, l := range leaves {
		s, err := t.signed(ctx, l)
		if err != nil {
			return nil, false, models.FaultIn("read the checkpoint", err)
		}
		all = append(all, s)
	}
	return all, more, models.FaultIn("list the checkpoints", err)
}

func (t *Till) signed(ctx context.Context, l Leaf) (s Signed, err error) {
	s.Leaf = l
	if s.Checkpoint, err = rows.First[Checkpoint](t.readAll(ctx).Where("number = ?", l.Number), "the checkpoint is gone"); err != nil {
		return s, err
	}
	key, err := rows.First[CheckpointKey](t.readAll(ctx).Where("id = ?", s.KeyID), "the key of the checkpoint is gone")
	s.Public = key.Public
	return s, err
}

// ProofFor gives what proves that a lookup or a message is in the books: of what was captured for it or, where nothing was, of its release.
// Errors: models.NotFound; Conflict: no checkpoint covers it yet.
func (t *Till) ProofFor(ctx context.Context, businessID, reference string) (p Proof, err error) {
	row, err := rows.First[models.Transfer](t.readOf(ctx, businessID).Where("business_id = ? AND kind IN ? AND reference = ?", businessID,
		[]models.TransferKind{models.Capture, models.Release}, reference).Order("kind"), "no money was settled for it")
	if err != nil {
		return p, fault(err)
	}
	return t.prove(ctx, row)
}

// MaxParts is how many transfers of a payment have receipts: each of them brought a part of it.
const MaxParts = 100

// ProofOfTopUp gives what proves that a part of a payment is in the books, with 1 the first one. under gives the reference of the transfer
// that followed when so much was credited. Errors: models.Invalid, NotFound; Conflict: no checkpoint covers it yet.
func (t *Till) ProofOfTopUp(ctx context.Context, businessID string, part int, under func(credited int64) string) (p Proof, err error) {
	if part < 1 || part > MaxParts {
		return p, models.BadField("part", "part must be a whole number from 1 to "+strconv.Itoa(MaxParts))
	}
	var row models.Transfer
	for credited := int64(0); part > 0; part-- {
		row, err = rows.First[models.Transfer](t.readOf(ctx, businessID).Where("business_id = ? AND kind = ? AND reference = ?", businessID,
			models.TopUp, under(credited)), "no such part was credited")
		if err != nil {
			return p, fault(err)
		}
		credited += row.Amount
	}
	return t.prove(ctx, row)
}

// prove leads from a transfer to the first checkpoint that covers it.
func (t *Till) prove(ctx context.Context, row models.Transfer) (p Proof, err error) {
	businessID := row.BusinessID
	leaf, err := rows.Maybe[Leaf](t.readOf(ctx, businessID).Where("business_id = ? AND last_entry >= ?", businessID, row.Seq).Order("number"))
	switch {
	case err != nil:
		return p, models.FaultIn("look for the checkpoint", err)
	case leaf == nil:
		return p, models.Fail(models.Conflict, "no checkpoint covers it yet: the next one is made within a day")
	}
	s, err := t.signed(ctx, *leaf)
	if err != nil {
		return p, models.FaultIn("read the checkpoint", err)
	}
	path, err := pathOf(row.Seq-leaf.FirstEntry, leaf.LastEntry-leaf.FirstEntry+1, func(from, to int64) (hash, error) {
		root, _, err := t.book(ctx, businessID, leaf.FirstEntry+from, leaf.FirstEntry+to-1)
		return root, err
	})
	if err != nil {
		return p, models.FaultIn("read the transfers of the checkpoint", err)
	}
	return proofOf(row, path, *leaf, s.Checkpoint).by(s.Public), nil
}
