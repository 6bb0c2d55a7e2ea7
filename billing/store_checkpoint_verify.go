package billing

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"whoseline/models"
	"whoseline/storage/rows"
)

// VerifyCheckpoints recomputes every checkpoint: that each follows from the one before, under a key that is ours, that its tree is the one of its
// leaves, and that each leaf is what the transfers give. It names the first that lies. n is how many there are.
func (t *Till) VerifyCheckpoints(ctx context.Context) (n int64, lies []Lie, err error) {
	var last *Checkpoint
	for {
		c, err := rows.Maybe[Checkpoint](t.all(ctx).Where("number > ?", n).Order("number"))
		if err != nil || c == nil {
			return n, lies, models.FaultIn("read the checkpoints", err)
		}
		what, err := t.contradictCheckpoint(ctx, c, last)
		if err != nil {
			return n, nil, models.FaultIn("verify a checkpoint", err)
		}
		if what != "" {
			return n, []Lie{{Row: fmt.Sprintf("checkpoints %d", c.Number), What: what}}, nil
		}
		leaf, err := t.contradictLeaves(ctx, c)
		if err != nil {
			return n, nil, models.FaultIn("verify a checkpoint", err)
		}
		if leaf != nil {
			return n, []Lie{*leaf}, nil
		}
		n, last = c.Number, c
	}
}

func (t *Till) contradictCheckpoint(ctx context.Context, c, last *Checkpoint) (string, error) {
	key, err := rows.Maybe[CheckpointKey](t.all(ctx).Where("id = ?", c.KeyID))
	if err != nil {
		return "", err
	}
	want := Checkpoint{Number: 1, KeyID: c.KeyID}
	if last != nil {
		want = Checkpoint{Number: last.Number + 1, Previous: last.digest(), KeyID: last.KeyID}
		if last.NextKey != nil {
			want.KeyID = Fingerprint(last.NextKey)
		}
	}
	switch {
	case c.Number != want.Number:
		return "follows another one: some between are missing", nil
	case !bytes.Equal(c.Previous, want.Previous):
		return "does not follow from the one before", nil
	case c.KeyID != want.KeyID:
		return "has another key than the one before told of", nil
	case key == nil || !t.ours(*key):
		return "is signed by a key that is not ours", nil
	case !c.signedBy(key.Public):
		return "was changed: its signature is of something else", nil
	}
	return "", nil
}

// ours tells whether a key is one that the keyring has sealed: nobody else has.
func (t *Till) ours(key CheckpointKey) bool {
	seed, err := t.vault.Open(checkpointAAD(key.ID), key.Sealed)
	return err == nil && bytes.Equal(publicOf(seed), key.Public)
}

// contradictLeaves holds the leaves of a checkpoint against its root, their leaves before and the transfers.
func (t *Till) contradictLeaves(ctx context.Context, c *Checkpoint) (*Lie, error) {
	var leaves []Leaf
	if err := t.all(ctx).Where("number = ?", c.Number).Order("position").Find(&leaves).Error; err != nil {
		return nil, err
	}
	stored := slices.Clone(leaves)
	whole := bytes.Equal(plant(leaves), c.Root) && int64(len(leaves)) == c.Size
	if !whole || !slices.EqualFunc(stored, leaves, func(a, b Leaf) bool { return a.Position == b.Position && bytes.Equal(a.Path, b.Path) }) {
		return &Lie{Row: fmt.Sprintf("checkpoints %d", c.Number), What: "is not of its leaves: one was changed, added or taken away"}, nil
	}
	for _, l := range leaves {
		what, err := t.contradictLeaf(ctx, l)
		if err != nil || what != "" {
			return &Lie{l.BusinessID, "checkpoint_leaves " + entryName(l.BusinessID, l.Number), what}, err
		}
	}
	return nil, nil
}

func (t *Till) contradictLeaf(ctx context.Context, l Leaf) (string, error) {
	before, err := rows.Maybe[Leaf](t.of(ctx, l.BusinessID).Where("business_id = ? AND number < ?", l.BusinessID, l.Number).Order("number DESC"))
	if err != nil {
		return "", err
	}
	first, previous := int64(1), []byte{}
	if before != nil {
		h := before.hash()
		first, previous = before.LastEntry+1, h[:]
	}
	if l.FirstEntry != first || !bytes.Equal(l.Previous, previous) {
		return "does not follow from the leaf before", nil
	}
	root, mark, err := t.book(ctx, l.BusinessID, l.FirstEntry, l.LastEntry)
	switch {
	case errIsMissing(err):
		return err.Error(), nil
	case err != nil:
		return "", err
	case !bytes.Equal(root[:], l.Book) || !bytes.Equal(mark, l.Mark):
		return "was signed for other transfers than there are", nil
	}
	return "", nil
}
