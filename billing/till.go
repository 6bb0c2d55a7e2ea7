// Package billing answers: may this be spent, and was it? It holds the till, which every paid lookup passes twice,
// and the books that prove each balance.
//
// A lookup's price is held before a source is asked and captured or released when it has answered. Concurrent holds
// and settlements of all businesses share one durable transaction: whatever queued while the previous commit was
// running is the next batch, so that a busy wallet waits for one fsync, not for one per caller. The database decides,
// under the wallet's row lock, and any number of gateways may share a wallet.
package billing

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Pipeline runs statements in order, in one round trip and one transaction, and hands each returned row to row. An
// error of code models.Unknown says that the commit's outcome is not known; any other error that nothing happened.
type Pipeline interface {
	Run(ctx context.Context, statements []string, args [][]any, row func(statement int, scan func(dest ...any) error) error) error
}

// Options is what a till is made of.
type Options struct {
	DB        *gorm.DB
	Read      *gorm.DB
	Pipelines []Pipeline // one per committer, on PostgreSQL; none: the embedded engine's single writer
	World     models.World
	BatchMax  int    // operations in one transaction
	QueueMax  int    // holds that may wait; the next one is told to come back
	Outbox    Outbox // how events are written beside settlements; its zero value refuses them
	Keys      models.ChainKeys
	Vault     Vault // seals the keys that sign checkpoints; nil = none are made
	Log       *slog.Logger
}

// Outbox writes what a business is to be told in the transaction that makes it true.
type Outbox struct {
	Statement string // PostgreSQL, for Columns; it leaves out what was not settled
	Columns   func(events []*models.WebhookEvent, lookups []*models.Lookup) []any
	Write     func(tx *gorm.DB, event *models.WebhookEvent) error // the embedded engine
}

// Till moves money. Its methods may be called from any number of goroutines; each returns when its effect is durable.
type Till struct {
	primary, replica   *gorm.DB
	world              models.World
	batchMax, queueMax int
	keys               models.ChainKeys
	vault              Vault
	log                *slog.Logger

	lines   []*line
	waiting atomic.Int64
	working sync.WaitGroup
	quit    chan struct{}
	metrics *metrics
	refused shortages
}

// ErrAlreadySettled is returned for a lookup that is no longer open: the sweeper was faster.
var ErrAlreadySettled = models.Fail(models.Conflict, "the lookup was settled already")

// secondCommitter is how many operations wait before the second committer takes a share of the wallets.
const secondCommitter = 128

// Open starts a till. Close it to finish what has queued.
func Open(o Options) *Till {
	t := &Till{
		primary: o.DB, replica: o.Read, world: o.World, batchMax: o.BatchMax, queueMax: o.QueueMax, keys: o.Keys, vault: o.Vault, log: o.Log,
		quit: make(chan struct{}), metrics: newMetrics(),
	}
	ledgers := []ledger{&embedded{db: o.DB, now: o.World.Now, outbox: o.Outbox, keys: o.Keys}}
	if len(o.Pipelines) > 0 {
		ledgers = ledgers[:0]
		for _, p := range o.Pipelines {
			ledgers = append(ledgers, &postgres{pipeline: p, now: o.World.Now, outbox: o.Outbox, keys: o.Keys})
		}
	}
	for _, l := range ledgers {
		line := &line{queue: make(chan *op, o.QueueMax)}
		t.lines = append(t.lines, line)
		t.working.Add(1)
		go t.work(l, line)
	}
	return t
}

// closeWithin bounds the wait for a database that is away when the till is closed.
const closeWithin = 10 * time.Second

// Close waits until everything that has queued is durable, or the database has been away for a while. What is left then is
// the sweepers'. No method may be called after it.
func (t *Till) Close() {
	close(t.quit)
	over := make(chan struct{})
	go func() {
		t.working.Wait()
		close(over)
	}()
	patience := time.NewTimer(closeWithin)
	defer patience.Stop()
	select {
	case <-over:
	case <-patience.C:
		t.log.Error("till: closed while a commit had not come back")
	}
}

// Hold sets money aside. It is refused with models.InsufficientFunds (the receipt tells the balance), models.SpendCapReached,
// models.ConsentWithdrawn, models.InProgress when the idempotency key is taken, models.Busy when too many wait, or
// models.Unavailable when the database is away or was not reached before the caller had gone. With models.Unknown the
// caller was gone before the database had said what became of the hold.
func (t *Till) Hold(order HoldOrder) (Receipt, error) {
	if t.waiting.Add(1) > int64(t.queueMax) {
		t.waiting.Add(-1)
		t.metrics.rejected.Inc()
		return Receipt{}, &models.Error{Code: models.Busy, Message: "too many requests are waiting", RetryAfter: time.Second}
	}
	defer t.waiting.Add(-1)
	receipt, err := t.submit(newHold(order))
	if err == errInsufficient {
		t.Refused(order.Lookup.BusinessID, order.Lookup.Held)
	}
	return receipt, err
}

// Settle captures and releases what was held, once. ErrAlreadySettled tells that somebody else did. With models.Unknown the
// caller was gone before; the settlement is kept in memory and done as soon as the database is there.
func (t *Till) Settle(order SettleOrder) (Receipt, error) {
	if l := order.Lookup; l.Charged < 0 || l.Charged > max(l.Held, 0) {
		return Receipt{}, models.Fault(fmt.Errorf("charge %d of the %d held for lookup %s", l.Charged, l.Held, l.ID))
	}
	return t.submit(newSettle(order))
}

// callerWithin is how long a caller waits that has not said when it will be gone.
const callerWithin = 25 * time.Second

// submit queues an operation and waits for its transaction, for as long as its caller does. A hold that no transaction has
// begun with is dropped then. Everything else goes on: what became of it will be on the record.
func (t *Till) submit(o *op) (Receipt, error) {
	o.path.Queued = time.Now()
	if o.gone == nil {
		ctx, cancel := context.WithTimeout(context.Background(), callerWithin)
		defer cancel()
		o.gone = ctx.Done()
	}
	if !t.enqueue(o) {
		return Receipt{}, errGone
	}
	select {
	case <-o.done:
		return o.answer()
	case <-o.gone:
	}
	switch {
	case !o.settle && o.leave():
		return Receipt{}, errGone
	case o.settle || o.forget():
		return Receipt{}, errUnsaid
	}
	<-o.done
	return o.answer()
}

// enqueue puts an operation into its queue. A settlement never stays out: the number of open holds bounds how many there are.
func (t *Till) enqueue(o *op) (in bool) {
	queue := t.queue(o.lookup.BusinessID)
	select {
	case queue <- o:
		return true
	case <-o.gone:
	}
	if o.settle {
		go func() {
			select {
			case queue <- o:
			case <-t.quit:
			}
		}()
	}
	return o.settle
}

// errGone is for a caller that was not served before it was gone. Nothing was done for it.
var errGone = &models.Error{Code: models.Unavailable, Message: "the service is not available right now", RetryAfter: time.Second}

// errUnsaid is for a caller that goes before the database has said what became of its operation.
var errUnsaid = &models.Error{Code: models.Unknown, Message: "the outcome is not known yet", RetryAfter: 5 * time.Second}

// queue picks the committer: the first one until it is busy, then by wallet, so that two never wait for one row.
func (t *Till) queue(businessID string) chan *op {
	if len(t.lines) == 1 || len(t.lines[0].queue) < secondCommitter {
		return t.lines[0].queue
	}
	hash := uint32(2166136261)
	for i := range len(businessID) {
		hash = (hash ^ uint32(businessID[i])) * 16777619
	}
	return t.lines[hash%uint32(len(t.lines))].queue
}
