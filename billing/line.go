package billing

import (
	"slices"
	"sync/atomic"
	"time"
)

// line is what waits for one committer.
type line struct {
	queue chan *op
	since atomic.Int64 // when it began to wait for the database, in nanoseconds; 0 = it does not
	owed  atomic.Int64 // operations that the database owes an answer
}

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

// Hangs tells for how long the database has owed an answer to a transaction: 0 when it does not.
func (t *Till) Hangs() (longest time.Duration) {
	for _, l := range t.lines {
		if since := l.since.Load(); since > 0 {
			longest = max(longest, time.Since(time.Unix(0, since)))
		}
	}
	return longest
}
