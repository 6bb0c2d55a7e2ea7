package billing

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// batch is what one transaction carries.
type batch struct {
	holds   []*op
	settles []*op
}

// ledger is an engine's way to apply a batch in one durable transaction. It fills each operation's receipt and err.
// When it returns an error, nothing was written, or (models.Unknown) nobody knows.
type ledger interface {
	commit(ctx context.Context, b batch) error
}

// Bounds of a transaction. Once it has been sent it is waited for until the database says what became of it, or is seen
// to have lost it.
const (
	maxTries       = 3 // of a transaction that lost a deadlock
	commitDeadline = 10 * time.Second
)

// drain takes what has queued. Operations whose callers are gone are dropped.
func drain(queue chan *op, first *op, limit int) []*op {
	ops := make([]*op, 0, 64)
	for o := first; ; {
		if o.begin() {
			ops = append(ops, o)
		}
		if len(ops) >= limit {
			return ops
		}
		select {
		case o = <-queue:
		default:
			return ops
		}
	}
}

// commit applies operations until each has an answer, and wakes their callers. It gives those that the database owes one.
func (t *Till) commit(l ledger, ops []*op) (owed []*op) {
	if len(ops) == 0 {
		return nil
	}
	t.metrics.batch.Observe(float64(len(ops)))
	started := time.Now()
	for len(ops) > 0 {
		t.apply(l, ops)
		var again []*op
		for _, o := range ops {
			switch {
			case o.again:
				o.again, again = false, append(again, o)
			case o.owed:
				owed = append(owed, o)
			default:
				o.finish()
			}
		}
		ops = again
	}
	t.metrics.commit.Observe(time.Since(started).Seconds())
	return owed
}

// apply commits a batch; if its transaction fails it redoes the operations one by one, so that the one at fault is
// the only one to fail. Settlements come first, as in a batch: a hold may need what they release. When the database is
// away, or nobody knows what became of the transaction, that is the verdict on all: none of them is at fault.
func (t *Till) apply(l ledger, ops []*op) {
	if ops = t.resolve(ops); len(ops) == 0 {
		return
	}
	err := t.attempt(l, ops)
	if endedAlready(err) {
		ops, err = t.withoutEnded(l, ops, err)
	}
	if err != nil {
		t.metrics.failed.Inc()
		t.report(ops, err)
	}
	if len(ops) > 1 && atFault(err) {
		t.redo(l, ops)
		return
	}
	for _, o := range ops {
		o.judge(err)
	}
}

// redo does operations one by one, until the database is away.
func (t *Till) redo(l ledger, ops []*op) {
	var away error
	ops = slices.SortedStableFunc(slices.Values(ops), settlesFirst)
	for i, o := range ops {
		err := away
		if away == nil {
			err = t.attempt(l, ops[i:i+1])
		}
		if o.judge(err); err != nil && !atFault(err) {
			away = err
		}
	}
}

// atFault tells whether a transaction failed by what was in it.
func atFault(err error) bool {
	code := models.CodeOf(err)
	return err != nil && code != models.Unavailable && code != models.Unknown
}

// report logs a batch that failed, but not each time that the same operations are tried again.
func (t *Till) report(ops []*op, err error) {
	for _, o := range ops {
		if !o.waited {
			t.log.Warn("till: a batch failed", "operations", len(ops), "err", err)
			return
		}
	}
}

func settlesFirst(a, b *op) int {
	switch {
	case a.settle == b.settle:
		return 0
	case a.settle:
		return -1
	}
	return 1
}

func (t *Till) attempt(l ledger, ops []*op) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitDeadline)
	defer cancel()
	var b batch
	for _, o := range ops {
		o.receipt, o.err, o.owed = Receipt{}, nil, false
		if o.settle {
			b.settles = append(b.settles, o)
		} else {
			b.holds = append(b.holds, o)
		}
	}
	err := l.commit(ctx, b)
	for tries := 1; tries < maxTries && models.CodeOf(err) == models.Busy; tries++ {
		err = l.commit(ctx, b)
	}
	return err
}

// withoutEnded commits a batch without the settlements that came too late for it, which are refused.
func (t *Till) withoutEnded(l ledger, ops []*op, err error) ([]*op, error) {
	for len(ops) > 1 && endedAlready(err) {
		late, failed := t.ended(ops)
		if failed != nil || len(late) == 0 {
			return ops, err
		}
		var rest []*op
		for _, o := range ops {
			if o.settle && late[o.lookup.BusinessID+"/"+o.lookup.ID] {
				o.receipt, o.err = Receipt{}, ErrAlreadySettled
				o.judge(nil)
				continue
			}
			rest = append(rest, o)
		}
		if ops, err = rest, nil; len(rest) > 0 {
			err = t.attempt(l, rest)
		}
	}
	return ops, err
}

// wallets gives the sorted, distinct businesses of some operations and the place of each operation's own in it.
func wallets(ops []*op) (ids []string, at []int64) {
	ids = make([]string, 0, len(ops))
	for _, o := range ops {
		ids = append(ids, o.lookup.BusinessID)
	}
	sort.Strings(ids)
	n := 0
	for i, id := range ids {
		if i == 0 || id != ids[n-1] {
			ids[n] = id
			n++
		}
	}
	ids = ids[:n]
	at = make([]int64, len(ops))
	for i, o := range ops {
		at[i] = int64(sort.SearchStrings(ids, o.lookup.BusinessID)) + 1
	}
	return ids, at
}

func fault(err error) error {
	if e := (*models.Error)(nil); errors.As(err, &e) {
		return e
	}
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return &models.Error{Code: models.Conflict, Err: err}
	}
	return models.Fault(err)
}
