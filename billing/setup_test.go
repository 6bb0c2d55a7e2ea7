package billing

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gorm.io/gorm/internal/lru.NewLRU[...].func1")) // of prepared statements
}

// clock is a world's time, which a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lease = time.Minute
	made  atomic.Int64 // ids of this process, also of several tills over one database
)

func newID() string { return fmt.Sprintf("%024x", made.Add(1)) }

// idAt gives an id that was made at a time, as those of lookups are.
func idAt(at time.Time) string { return models.IDAt(at)[:12] + newID()[12:] }

// shop is a till over a database with a clock of its own.
type shop struct {
	*Till
	t     testing.TB
	db    *storage.DB
	clock *clock
	once  sync.Once
}

// engines runs a test with a till on each engine.
func engines(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) { test(t, newShop(t, db)) })
}

func newShop(t testing.TB, db *storage.DB, change ...func(*Options)) *shop {
	t.Helper()
	c := &clock{at: noon}
	o := Options{
		DB: db.Gorm, Read: db.Read, World: models.World{Now: c.now, NewID: newID},
		BatchMax: 256, QueueMax: 1024, Keys: oneRing{}, Log: slog.New(slog.DiscardHandler),
	}
	if db.Engine == storage.Postgres {
		o.Pipelines = []Pipeline{newPipeline(t, db), newPipeline(t, db)}
	}
	for _, f := range change {
		f(&o)
	}
	s := &shop{Till: Open(o), t: t, db: db, clock: c}
	t.Cleanup(s.close)
	return s
}

func newPipeline(t testing.TB, db *storage.DB) *storage.Pipeline {
	t.Helper()
	p, err := db.Pipeline(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// abandoned is the reason of a lookup that was swept.
const abandoned = "abandoned"

// Sweep sweeps as a gateway does, where the lookup room says what becomes of an abandoned lookup.
func (s *shop) Sweep(ctx context.Context) (int, error) {
	return s.Till.Sweep(ctx, func(_ context.Context, l *models.Lookup) error {
		l.Status, l.Reason, l.Charged = models.StatusFailed, abandoned, 0
		l.AnsweredAt, l.ModifiedAt = s.clock.now(), s.clock.now()
		_, err := s.Settle(SettleOrder{Lookup: l, Swept: true})
		return err
	})
}

func (s *shop) close() { s.once.Do(s.Close) }

// wallet opens a wallet with some money in it, which is entry 1 if there is any.
func (s *shop) wallet(business string, amount int64) {
	s.t.Helper()
	if err := s.db.Gorm.Create(new(EmptyWallet(s.Till.keys, business))).Error; err != nil {
		s.t.Fatal(err)
	}
	if amount == 0 {
		return
	}
	if _, err := s.TopUp(context.Background(), business, "opening", amount); err != nil {
		s.t.Fatal(err)
	}
}

// lookup is a question as the lookup room opens it.
func (s *shop) lookup(business string, price int64) *models.Lookup {
	at := s.clock.now()
	return &models.Lookup{
		BusinessID: business, ID: idAt(at), KeyID: "key", Status: models.StatusOpen, Held: price, Sandbox: price == 0,
		NumberIndex: []byte("number"), Tags: []byte("12345678"), DataKey: []byte("wrapped"), Request: []byte("sealed request"),
		Purpose: "onboarding", Notice: `{"version":"1"}`, RequestedAt: at, ModifiedAt: at, ExpiresAt: at.Add(lease),
	}
}

// ended gives a copy of the lookup with an answer.
func (s *shop) ended(l *models.Lookup, status models.Status, charged int64) *models.Lookup {
	done := *l
	done.Status, done.Charged, done.Source, done.Attempts = status, charged, "directory", `[{"source":"directory"}]`
	done.Answer, done.ModifiedAt = []byte("sealed answer of "+l.ID), s.clock.now()
	if status.Settled() {
		done.AnsweredAt = done.ModifiedAt
	}
	return &done
}

// held holds a price that has to be granted.
func (s *shop) held(business string, price int64) *models.Lookup {
	s.t.Helper()
	l := s.lookup(business, price)
	if _, err := s.Hold(HoldOrder{Lookup: l}); err != nil {
		s.t.Fatalf("hold %d: %v", price, err)
	}
	return l
}

func (s *shop) settle(l *models.Lookup, status models.Status, charged int64) (Receipt, error) {
	return s.Settle(SettleOrder{Lookup: s.ended(l, status, charged)})
}

// has checks a wallet's balances.
func (s *shop) has(business string, available, held int64) {
	s.t.Helper()
	w, err := s.Wallet(context.Background(), business)
	if err != nil || w.Available != available || w.Held != held {
		s.t.Errorf("the wallet has %d and holds %d (%v), want %d and %d", w.Available, w.Held, err, available, held)
	}
}

// clean checks that every row of the books tells the truth.
func (s *shop) clean() {
	s.t.Helper()
	audit, err := s.Verify(context.Background(), "", func(int64) {})
	if err != nil || len(audit.Lies) > 0 {
		s.t.Errorf("the books: %v, %v", audit.Lies, err)
	}
}

func (s *shop) exec(statement string, args ...any) {
	s.t.Helper()
	done := s.db.Gorm.Exec(statement, args...)
	if done.Error != nil {
		s.t.Fatal(done.Error)
	}
	if done.RowsAffected == 0 {
		s.t.Fatalf("%s: no row", statement)
	}
}

func (s *shop) stored(l *models.Lookup) (row models.Lookup) {
	s.t.Helper()
	if err := s.db.Gorm.Where("business_id = ? AND id = ?", l.BusinessID, l.ID).Take(&row).Error; err != nil {
		s.t.Fatalf("read the lookup: %v", err)
	}
	return row
}

func (s *shop) count(table, condition string, args ...any) (n int64) {
	s.t.Helper()
	if err := s.db.Gorm.Table(table).Where(condition, args...).Count(&n).Error; err != nil {
		s.t.Fatal(err)
	}
	return n
}

// ledger is a committer's way to the database, for tests that decide themselves what goes into one batch.
func (s *shop) ledger() ledger {
	if s.db.Engine == storage.Postgres {
		return &postgres{pipeline: newPipeline(s.t, s.db), now: s.world.Now, keys: s.Till.keys}
	}
	return &embedded{db: s.db.Gorm, now: s.world.Now, keys: s.Till.keys}
}

// together carries out operations in one batch.
func (s *shop) together(ops ...*op) {
	s.t.Helper()
	s.through(s.ledger(), ops)
	for _, o := range ops {
		<-o.done
	}
}

// through commits operations until the database owes none of them an answer.
func (s *shop) through(l ledger, ops []*op) {
	for owed := ops; len(owed) > 0; {
		owed = s.commit(l, owed)
	}
}

// block keeps every batch that touches the business waiting until release is called.
func (s *shop) block(business string) (release func()) {
	s.t.Helper()
	tx := s.db.Gorm.Begin()
	if err := tx.Exec("UPDATE wallets SET seq = seq WHERE business_id = ?", business).Error; err != nil {
		s.t.Fatal(err)
	}
	return sync.OnceFunc(func() { tx.Rollback() })
}

func refused(t testing.TB, err error, code models.Code) {
	t.Helper()
	if models.CodeOf(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}
