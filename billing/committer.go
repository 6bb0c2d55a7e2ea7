package billing

import (
	"context"
	"errors"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// op is one operation on its way through a batch.
type op struct {
	lookup  *models.Lookup
	reserve *Reservation // of a hold
	settle  bool
	keep    *Kept // of a settlement
	event   *models.WebhookEvent
	moves   []move
	receipt Receipt
	err     error
	again   bool // refused by the batch it was in, though the balance would do: try once more
	gone    <-chan struct{}
	turn    atomic.Int32 // nobody's, or that of whoever was faster
	done    chan struct{}
	note    *Passage
}

// Whose turn it is.
const (
	begun = 1 + iota // the committer has it
	left             // the caller is gone, and it is not to be done
)

func (o *op) begin() bool { return o.turn.CompareAndSwap(0, begun) }
func (o *op) leave() bool { return o.turn.CompareAndSwap(0, left) }

// move is one transfer that an operation wants.
type move struct {
	models.Transfer
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
	maxTries         = 3 // of a transaction that lost a deadlock
	commitDeadline   = 10 * time.Second
	recoveryDeadline = 10 * time.Second
)

// work is a committer: it takes the first operation that waits, everything else that has queued behind it, and
// commits them together. It never lingers for more.
func (t *Till) work(l ledger, queue chan *op) {
	defer t.working.Done()
	last := 0
	for {
		select {
		case first := <-queue:
			ops := drain(queue, first, portion(last, t.batchMax))
			last = len(ops)
			t.commit(l, ops)
		case <-t.quit:
			for {
				select {
				case first := <-queue:
					t.commit(l, drain(queue, first, t.batchMax))
				default:
					return
				}
			}
		}
	}
}

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

// commit applies operations until each has an answer, and wakes their callers.
func (t *Till) commit(l ledger, ops []*op) {
	if len(ops) == 0 {
		return
	}
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
			if o.note != nil {
				o.note.Begun, o.note.Durable = started, time.Now()
			}
			close(o.done)
		}
		ops = again
	}
	t.metrics.commit.Observe(time.Since(started).Seconds())
}

// apply commits a batch; if its transaction fails it redoes the operations one by one, so that the one at fault is
// the only one to fail. Settlements come first, as in a batch: a hold may need what they release. When the database is
// away all fail at once: none of them is at fault, and each would wait for it anew.
func (t *Till) apply(l ledger, ops []*op) {
	err := t.attempt(l, ops)
	if endedAlready(err) {
		ops, err = t.withoutEnded(l, ops, err)
	}
	if err == nil {
		return
	}
	t.metrics.failed.Inc()
	if models.CodeOf(err) == models.Unknown {
		t.log.Error("till: commit outcome unknown", "operations", len(ops), "err", err)
		t.recover(l, ops)
		return
	}
	t.log.Warn("till: batch failed", "operations", len(ops), "err", err)
	if models.CodeOf(err) == models.Unavailable {
		for _, o := range ops {
			o.err = fault(err)
		}
		return
	}
	ops = slices.SortedStableFunc(slices.Values(ops), settlesFirst)
	var doubtful []*op
	for i, o := range ops {
		if len(ops) > 1 && models.CodeOf(err) != models.Unavailable {
			err = t.attempt(l, ops[i:i+1])
		}
		if models.CodeOf(err) == models.Unknown {
			doubtful = append(doubtful, o)
		} else if err != nil {
			o.err = fault(err)
		}
	}
	t.recover(l, doubtful)
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
		o.receipt, o.err = Receipt{}, nil
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

// recover asks the database what became of operations whose commit was not confirmed, and does those that were not
// done. The callers are told models.Unknown only if the database stays silent.
func (t *Till) recover(l ledger, ops []*op) {
	deadline := time.Now().Add(recoveryDeadline)
	for wait := 10 * time.Millisecond; len(ops) > 0 && time.Now().Before(deadline); wait = min(2*wait, time.Second) {
		if ops = t.resolve(l, ops, deadline); len(ops) > 0 {
			time.Sleep(wait)
		}
	}
	for _, o := range ops {
		o.err = &models.Error{Code: models.Unknown, Message: "the outcome is not known yet", RetryAfter: recoveryDeadline}
	}
}

// resolve gives the operations that are still in doubt. If the database does not answer for one it is not asked for
// the others.
func (t *Till) resolve(l ledger, ops []*op, deadline time.Time) (left []*op) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	for i, o := range ops {
		done, err := t.applied(ctx, o)
		if err != nil {
			return append(left, ops[i:]...)
		}
		if done {
			continue
		}
		switch err := t.attempt(l, ops[i:i+1]); {
		case models.CodeOf(err) == models.Unavailable:
			return append(left, ops[i:]...)
		case err != nil || o.err == ErrAlreadySettled: // by its own first try, perhaps, which has only now become visible
			left = append(left, o)
		}
	}
	return left
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
