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
	free    *freeStep // of a lookup for which no money is held
	receipt Receipt
	err     error
	again   bool // refused by the batch it was in, though the balance would do: try once more
	owed    bool // the database was away: it is to be done with a later batch
	waited  bool // it was owed before
	doubt   bool // a transaction that did it may have been committed
	gone    <-chan struct{}
	late    func()
	turn    atomic.Int32 // nobody's, or that of whoever was faster
	done    chan struct{}
}

// Whose turn it is.
const (
	begun = 1 + iota // the committer has it
	left             // the caller is gone, and it is not to be done
	alone            // the caller is gone, and it goes on
	ended
)

func (o *op) begin() bool  { return o.turn.CompareAndSwap(0, begun) }
func (o *op) leave() bool  { return o.turn.CompareAndSwap(0, left) }
func (o *op) forget() bool { return o.turn.CompareAndSwap(begun, alone) }

// finish wakes the caller. A hold whose caller has been told something else meanwhile is undone.
func (o *op) finish() {
	if !o.turn.CompareAndSwap(begun, ended) && o.err == nil && o.late != nil {
		go o.late()
	}
	close(o.done)
}

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

// Bounds of a transaction. Once it has been sent it is waited for until the database says what became of it, or is seen
// to have lost it.
const (
	maxTries       = 3 // of a transaction that lost a deadlock
	commitDeadline = 10 * time.Second
)

// work is a committer: it takes the first operation that waits, everything else that has queued behind it, and
// commits them together. It never lingers for more. What the database owes an answer comes first in the next batch.
func (t *Till) work(l ledger, line *line) {
	defer t.working.Done()
	last := 0
	var owed []*op
	for rest := shortPause; ; rest = min(2*rest, longPause) {
		if len(owed) == 0 {
			rest = shortPause
		}
		ops, over := t.take(line, owed, rest, portion(last, t.batchMax))
		last = len(ops) - len(owed)
		owed = t.carry(l, line, ops)
		if over {
			t.end(l, line, owed)
			return
		}
	}
}

// carry commits operations, and notes and gives those that the database owes an answer.
func (t *Till) carry(l ledger, line *line, ops []*op) (owed []*op) {
	line.since.CompareAndSwap(0, time.Now().UnixNano())
	for part := range slices.Chunk(ops, 2*t.batchMax) {
		owed = append(owed, t.commit(l, part)...)
	}
	if len(owed) == 0 {
		line.since.Store(0)
	}
	line.owed.Store(int64(len(owed)))
	return owed
}

// How long the committer waits before it asks again a database that is away.
const (
	shortPause = 10 * time.Millisecond
	longPause  = time.Second
)

// take waits for operations, or for what is owed to be tried again. over: the till is closing.
func (t *Till) take(line *line, owed []*op, rest time.Duration, limit int) (ops []*op, over bool) {
	var pause <-chan time.Time
	if len(owed) > 0 {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		pause = timer.C
	}
	select {
	case first := <-line.queue:
		return append(owed, drain(line.queue, first, limit)...), false
	case <-pause:
		return owed, false
	case <-t.quit:
		return owed, true
	}
}

// end does what has queued before the till was closed, and what is owed as far as the database is there.
func (t *Till) end(l ledger, line *line, owed []*op) {
	for {
		select {
		case first := <-line.queue:
			owed = t.carry(l, line, append(owed, drain(line.queue, first, t.batchMax)...))
			continue
		default:
		}
		break
	}
	for _, o := range owed {
		t.log.Error("till: left to the sweeper, as the database is away", "business", o.lookup.BusinessID, "lookup", o.lookup.ID)
		o.err = errUnsaid
		o.finish()
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
