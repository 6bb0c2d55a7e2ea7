package billing

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// CheckpointOrder asks for a checkpoint.
type CheckpointOrder struct {
	Now    bool                                                      // also if there was one today (UTC) already
	Rotate bool                                                      // tell of a new key, which signs from the next one on
	Told   func(tx *gorm.DB, c Checkpoint, l Leaf) error             // hears of each business within the transaction
	Turned func(tx *gorm.DB, c Checkpoint, next CheckpointKey) error // hears of a new key within it
}

// Checkpoint signs the state of all wallets that have moved since the last one, and of each tells where it ends. nil: none is due, nothing has
// moved, or another gateway has just made one.
func (t *Till) Checkpoint(ctx context.Context, order CheckpointOrder) (*Checkpoint, error) {
	last, err := rows.Maybe[Checkpoint](t.all(ctx).Order("number DESC"))
	now := t.world.Now().UTC().Truncate(time.Second)
	if err != nil || !order.Now && !order.Rotate && last != nil && last.At.UTC().Format(time.DateOnly) == now.Format(time.DateOnly) {
		return nil, models.FaultIn("read the last checkpoint", err)
	}
	leaves, err := t.leaves(ctx)
	if err != nil || len(leaves) == 0 && !order.Rotate {
		return nil, models.FaultIn("read what has moved", err)
	}
	c := &Checkpoint{Number: 1, At: now, Size: int64(len(leaves)), Root: plant(leaves)}
	if last != nil {
		c.Number, c.Previous = last.Number+1, last.digest()
	}
	err = t.all(ctx).Transaction(func(tx *gorm.DB) error {
		next, err := t.sign(tx, c, last, order.Rotate)
		if err != nil {
			return err
		}
		return t.publish(tx, c, leaves, next, order)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil, nil
	}
	return c, models.FaultIn("write the checkpoint", err)
}

func (t *Till) publish(tx *gorm.DB, c *Checkpoint, leaves []Leaf, next *CheckpointKey, order CheckpointOrder) error {
	if err := tx.Create(c).Error; err != nil {
		return err
	}
	for i := range leaves {
		leaves[i].Number = c.Number
	}
	if err := insertAll(tx, leaves); err != nil {
		return err
	}
	if next != nil && order.Turned != nil {
		if err := order.Turned(tx, *c, *next); err != nil {
			return err
		}
	}
	for _, l := range leaves {
		if order.Told == nil {
			break
		}
		if err := order.Told(tx, *c, l); err != nil {
			return err
		}
	}
	return nil
}

// plant gives each leaf its place and its path, and the root of the tree.
func plant(leaves []Leaf) []byte {
	between := func(from, to int64) (hash, error) {
		var part tree
		for _, l := range leaves[from:to] {
			part.add(l.hash())
		}
		return part.root(), nil
	}
	root, _ := between(0, int64(len(leaves))) // cannot fail
	for i := range leaves {
		path, _ := pathOf(int64(i), int64(len(leaves)), between)
		leaves[i].Position, leaves[i].Path = int64(i), joined(path)
	}
	return root[:]
}

// leaves gives one for each business whose money has moved, by their ids.
func (t *Till) leaves(ctx context.Context) (all []Leaf, err error) {
	ids, err := t.wallets(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		w, err := rows.First[models.Wallet](t.of(ctx, id).Where("business_id = ?", id), "no wallet")
		if err != nil {
			return nil, err
		}
		before, err := rows.Maybe[Leaf](t.of(ctx, id).Where("business_id = ?", id).Order("number DESC"))
		if err != nil {
			return nil, err
		}
		l := Leaf{BusinessID: id, FirstEntry: 1, LastEntry: w.Seq}
		if before != nil {
			h := before.hash()
			l.FirstEntry, l.Previous = before.LastEntry+1, h[:]
		}
		if l.FirstEntry > l.LastEntry {
			continue
		}
		if err := t.fill(ctx, &l); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// fill gives a leaf the root and the mark of its transfers.
func (t *Till) fill(ctx context.Context, l *Leaf) error {
	root, mark, err := t.book(ctx, l.BusinessID, l.FirstEntry, l.LastEntry)
	l.Book, l.Mark = root[:], mark
	if l.Mark == nil {
		l.Mark = []byte{}
	}
	if l.Previous == nil {
		l.Previous = []byte{}
	}
	return err
}

// book gives the root of a business's transfers from one entry to another, and the mark of the last.
func (t *Till) book(ctx context.Context, businessID string, first, last int64) (root hash, mark []byte, err error) {
	var all tree
	for at := first - 1; at < last; {
		page, err := t.reader(ctx, businessID)(at, last)
		if err != nil {
			return root, nil, err
		}
		for i := range page {
			all.add(leafHash(entryText(&page[i])))
			at, mark = page[i].Seq, page[i].Head
		}
		if len(page) == 0 {
			return root, nil, missingEntry(entryName(businessID, at+1))
		}
	}
	return all.root(), mark, nil
}

// sign signs a checkpoint, with the key that the last one has told of, or with the first. next is a new key that it tells of.
func (t *Till) sign(tx *gorm.DB, c, last *Checkpoint, rotate bool) (next *CheckpointKey, err error) {
	var key CheckpointKey
	switch {
	case last == nil:
		key, err = t.newKey(tx)
	case last.NextKey != nil:
		key, err = rows.First[CheckpointKey](tx.Where("id = ?", Fingerprint(last.NextKey)), "the key of the checkpoints is gone")
	default:
		key, err = rows.First[CheckpointKey](tx.Where("id = ?", last.KeyID), "the key of the checkpoints is gone")
	}
	if err != nil {
		return nil, err
	}
	if rotate {
		made, err := t.newKey(tx)
		if err != nil {
			return nil, err
		}
		next, c.NextKey = &made, made.Public
	}
	seed, err := t.vault.Open(checkpointAAD(key.ID), key.Sealed)
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("the key of the checkpoints is not one")
	}
	c.KeyID = key.ID
	c.Signature = ed25519.Sign(ed25519.NewKeyFromSeed(seed), c.text())
	if c.Previous == nil {
		c.Previous = []byte{}
	}
	return next, nil
}

func (t *Till) newKey(tx *gorm.DB) (CheckpointKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return CheckpointKey{}, err
	}
	id := Fingerprint(public)
	key := CheckpointKey{ID: id, Public: public, Sealed: t.vault.Seal(checkpointAAD(id), private.Seed()), CreatedAt: t.world.Now()}
	return key, tx.Create(&key).Error
}
