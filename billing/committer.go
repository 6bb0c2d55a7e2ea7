package billing

import (
	"context"
	"errors"
	"sort"
	"time"

	"whoseline/models"
)

// op is one operation on its way through a batch.
type op struct {
	lookup  *models.Lookup
	reserve *Reservation // of a hold
	settle  bool
	keep    *Kept // of a settlement
	moves   []move
	receipt Receipt
	err     error
	again   bool // refused by the batch it was in, though the balance would do: try once more
	done    chan struct{}
}

// move is one transfer that an operation wants.
type move struct {
	models.Transfer
	digest [32]byte
}

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

// commitDeadline bounds one transaction; recoveryDeadline bounds asking what became of one.
const (
	commitDeadline   = 15 * time.Second
	recoveryDeadline = 10 * time.Second
)

// work is a committer: it takes the first operation that waits, everything else that has queued behind it, and
// commits them together. It never lingers for more.
func (t *Till) work(l ledger, queue chan *op) {
	defer t.working.Done()
	for {
		select {
		case first := <-queue:
			t.commit(l, drain(queue, first, t.BatchMax))
		case <-t.quit:
			for {
				select {
				case first := <-queue:
					t.commit(l, drain(queue, first, t.BatchMax))
				default:
					return
				}
			}
		}
	}
}

func drain(queue chan *op, first *op, limit int) []*op {
	ops := append(make([]*op, 0, 64), first)
	for len(ops) < limit {
		select {
		case o := <-queue:
			ops = append(ops, o)
		default:
			return ops
		}
	}
	return ops
}

// commit applies operations until each has an answer, and wakes their callers.
func (t *Till) commit(l ledger, ops []*op) {
	t.metrics.batch.Observe(float64(len(ops)))
	started := time.Now()
	for len(ops) > 0 {
		t.apply(l, ops)
		var again []*op
		for _, o := range ops {
			if o.again {
				o.again, again = false, append(again, o)
				continue
			}
			close(o.done)
		}
		ops = again
	}
	t.metrics.commit.Observe(time.Since(started).Seconds())
}

// apply commits a batch; if its transaction fails it redoes the operations one by one, so that the one at fault is
// the only one to fail.
func (t *Till) apply(l ledger, ops []*op) {
	err := t.attempt(l, ops)
	if err == nil {
		return
	}
	t.metrics.failed.Inc()
	if models.CodeOf(err) == models.Unknown {
		t.Log.Error("till: commit outcome unknown", "operations", len(ops), "err", err)
		for _, o := range ops {
			t.recover(l, o)
		}
		return
	}
	t.Log.Warn("till: batch failed", "operations", len(ops), "err", err)
	for i, o := range ops {
		if len(ops) > 1 {
			err = t.attempt(l, ops[i:i+1])
		}
		if models.CodeOf(err) == models.Unknown {
			t.recover(l, o)
		} else if err != nil {
			o.err = fault(err)
		}
	}
}

func (t *Till) attempt(l ledger, ops []*op) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitDeadline)
	defer cancel()
	var b batch
	for _, o := range ops {
		o.receipt, o.err = Receipt{}, nil
		if o.settle {
			b.settles = append(b.settles, o)
		} else {
			b.holds = append(b.holds, o)
		}
	}
	return l.commit(ctx, b)
}

// recover asks the database what became of an operation whose commit was not confirmed, and does it if it was not
// done. The caller is told models.Unknown only if the database stays silent.
func (t *Till) recover(l ledger, o *op) {
	deadline := time.Now().Add(recoveryDeadline)
	for wait := 10 * time.Millisecond; time.Now().Before(deadline); wait *= 2 {
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		done, err := t.applied(ctx, o)
		cancel()
		if err == nil && done {
			return
		}
		if err == nil {
			if err = t.attempt(l, []*op{o}); err == nil {
				return
			}
		}
		time.Sleep(min(wait, time.Second))
	}
	o.err = &models.Error{Code: models.Unknown, Message: "the outcome is not known yet"}
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
	return models.Fault(err)
}
