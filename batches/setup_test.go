package batches_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"
	"gorm.io/gorm"

	"whoseline/batches"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// far is who answers: it counts what it is asked, and what each row costs.
type far struct {
	mu     sync.Mutex
	keys   map[string]int            // how often a row was charged for
	known  map[string]batches.Answer // by lookup
	refuse map[string]error          // by number
	hold   map[string]bool           // numbers that stay pending
	most   int64
	holder error
	meet   func() // is called whenever a row is asked
	asked  atomic.Int64
}

func (f *far) Check(body []byte, _ bool) ([]byte, error) {
	number := gjson.GetBytes(body, "mobile").String()
	switch {
	case len(number) < 5:
		return nil, models.BadField("mobile", "mobile must be a number")
	case !gjson.GetBytes(body, "isSubjectConsent").Bool():
		return nil, models.BadField("isSubjectConsent", "isSubjectConsent is required")
	}
	return []byte(number), nil
}

func (f *far) Most(context.Context, batches.Batch) (int64, error) { return f.most, f.holder }

func (f *far) Ask(ctx context.Context, _ batches.Batch, key string, body []byte) (a batches.Answer, err error) {
	if ctx.Err() != nil {
		return a, ctx.Err()
	}
	f.asked.Add(1)
	f.meet()
	f.mu.Lock()
	defer f.mu.Unlock()
	number := gjson.GetBytes(body, "mobile").String()
	if err := f.refuse[number]; err != nil {
		return a, err
	}
	a = batches.Answer{LookupID: "of " + key, Status: models.StatusFound, Charged: f.most}
	if f.hold[number] {
		a = batches.Answer{LookupID: "of " + key, Status: models.StatusPending, Held: f.most}
	}
	if _, again := f.known[a.LookupID]; !again {
		f.keys[key]++
		f.known[a.LookupID] = a
	}
	return f.known[a.LookupID], nil
}

func (f *far) Outcomes(_ context.Context, _ string, ids []string) (map[string]batches.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]batches.Answer{}
	for _, id := range ids {
		all[id] = f.known[id]
	}
	return all, nil
}

// rig is a service on a database of its own.
type rig struct {
	*batches.Service
	*far
	db    *storage.DB
	clock *atomic.Int64
	ended *atomic.Int64
}

func engines(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) { test(t, newRig(t, db)) })
}

func newRig(t *testing.T, db *storage.DB) *rig {
	t.Helper()
	r := &rig{db: db, clock: new(atomic.Int64), ended: new(atomic.Int64), far: &far{
		keys: map[string]int{}, known: map[string]batches.Answer{}, refuse: map[string]error{}, hold: map[string]bool{}, most: 50, meet: func() {},
	}}
	r.clock.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMicro())
	r.Service = r.beside(t)
	return r
}

var made atomic.Int64

// beside is another gateway's service over the same rows.
func (r *rig) beside(t *testing.T) *batches.Service {
	t.Helper()
	return batches.New(batches.Options{
		DB: r.db.Gorm, Read: r.db.Read, Vault: storagetest.Keyring(t, r.db), Asker: r.far, Rate: 100_000, Abreast: 4, Keep: 24 * time.Hour,
		Log: slog.New(slog.DiscardHandler),
		World: models.World{
			Now: func() time.Time { return time.UnixMicro(r.clock.Load()).UTC() }, NewID: func() string { return fmt.Sprintf("%024x", made.Add(1)) },
		},
		Told: func(*gorm.DB, batches.Batch) error { r.ended.Add(1); return nil },
	})
}

func (r *rig) pass(d time.Duration) { r.clock.Add(d.Microseconds()) }

func numbers(n int) []byte {
	var file strings.Builder
	file.WriteString("number\n")
	for i := range n {
		fmt.Fprintf(&file, "0803%07d\n", i)
	}
	return []byte(file.String())
}

func (r *rig) create(t *testing.T, n int, change ...func(*batches.Order)) batches.Batch {
	t.Helper()
	o := batches.Order{BusinessID: "acme", KeyID: "key", Name: "file", Format: batches.CSV, File: numbers(n), Statement: batches.Statement{Consent: true}}
	for _, f := range change {
		f(&o)
	}
	b, err := r.Create(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (r *rig) work(t *testing.T) {
	t.Helper()
	if err := r.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// is checks how far a batch is.
func (r *rig) is(t *testing.T, b batches.Batch, state batches.State, why string, waiting, spent int64) batches.Batch {
	t.Helper()
	b, err := r.Get(t.Context(), b.BusinessID, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if b.State != state || b.Why != why || b.Waiting() != waiting || b.Spent != spent {
		t.Errorf("%s %q, %d waiting, %d spent; want %s %q, %d, %d", b.State, b.Why, b.Waiting(), b.Spent, state, why, waiting, spent)
	}
	return b
}

func (r *rig) onceEach(t *testing.T, rows int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.keys) != rows {
		t.Errorf("%d rows were charged for, want %d", len(r.keys), rows)
	}
	for key, times := range r.keys {
		if times != 1 {
			t.Errorf("%s was charged for %d times", key, times)
		}
	}
}

func (r *rig) count(table, where string) (n int64) {
	r.db.Gorm.Table(table).Where(where).Count(&n)
	return n
}
