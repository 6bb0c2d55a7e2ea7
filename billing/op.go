package billing

import (
	"sync/atomic"
	"time"

	"whoseline/models"
)

// op is one operation on its way through a batch.
type op struct {
	lookup  *models.Lookup
	reserve *Reservation // of a hold
	zone    *time.Location
	settle  bool
	swept   bool  // only if the lookup is still open
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
	note    *Passage // nil: nobody wants to know
	path    Passage
}

// Whose turn it is.
const (
	begun = 1 + iota // the committer has it
	left             // the caller is gone, and it is not to be done
	alone            // the caller is gone, and it goes on
	ended
)

// capped tells whether caps hold for it.
func (o *op) capped() bool { return o.lookup.CapDay != "" }

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

// answer is for a caller that has waited until the end.
func (o *op) answer() (Receipt, error) {
	if o.note != nil {
		*o.note = o.path
	}
	return o.receipt, o.err
}

// move is one transfer that an operation wants.
type move struct {
	models.Transfer
}
