package lookup

import (
	"bytes"
	"context"
	"encoding/json"
	commandline "flag"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
	"whoseline/webhooks"
)

// TestMain makes the random walks few, or many when they are asked for, as the nightly build does:
//
//	WHOSELINE_LONG=1 TMPDIR=/dev/shm go test -run WhateverTwoGatewaysDo -timeout 0 ./lookup
func TestMain(m *testing.M) {
	checks := "20"
	if os.Getenv("WHOSELINE_LONG") != "" {
		checks = "2000"
	}
	if err := commandline.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

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

// source is the far side: it says what a test wants and counts how often it was asked.
type source struct {
	asked atomic.Int64
	say   func(q Question) Finding
}

func (s *source) Owners(_ context.Context, q Question) Finding {
	s.asked.Add(1)
	return s.say(q)
}

var ngozi = models.Owner{
	FullName: "NGOZI ADAEZE OKAFOR", FirstName: "Ngozi", MiddleName: "Adaeze", LastName: "Okafor", DateOfBirth: "1990-04-23",
	Gender: "female", NIN: "70123456789", Email: "ngozi@example.com", Address: &models.Address{Line: "12 Marina Road"},
}

func found(owners ...models.Owner) func(Question) Finding {
	return func(Question) Finding {
		attempts := []models.Attempt{{Source: "directory", Outcome: models.OutcomeFound, At: noon}}
		return Finding{Outcome: models.OutcomeFound, Owners: owners, Source: "directory", Attempts: attempts}
	}
}

// desk is a lookup service over a real till and a real database.
type desk struct {
	*Service
	t     testing.TB
	db    *storage.DB
	till  *billing.Till
	clock *clock
	live  *source
	test  *source
	log   *bytes.Buffer
}

func engines(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) { test(t, newDesk(t, db)) })
}

func newDesk(t testing.TB, db *storage.DB) *desk {
	t.Helper()
	c := &clock{at: noon}
	d := &desk{t: t, db: db, clock: c, live: &source{say: found(ngozi)}, test: &source{say: found(models.Owner{FullName: "Test Person"})}, log: &bytes.Buffer{}}
	ids := models.RealWorld().NewID
	world := models.World{Now: c.now, NewID: func() string { return models.IDAt(c.now())[:12] + ids()[12:] }}
	vault, err := storage.OpenKeyring(context.Background(), db.Gorm, bytes.Repeat([]byte{7}, 32), nil, c.now)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(d.log, nil))
	o := billing.Options{DB: db.Gorm, Read: db.Read, World: world, BatchMax: 256, QueueMax: 1024, Keys: vault, Log: log}
	o.Outbox = billing.Outbox{Statement: webhooks.EnqueueStatement, Columns: webhooks.EnqueueColumns, Write: webhooks.Enqueue}
	if db.Engine == storage.Postgres {
		p, err := db.Pipeline(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		o.Pipelines = []billing.Pipeline{p}
	}
	d.till = billing.Open(o)
	t.Cleanup(d.till.Close)
	d.Service = New(Options{
		DB: db.Gorm, Read: db.Read, Till: d.till, Vault: vault, World: world, Live: d.live, Sandbox: d.test,
		Lease: time.Minute, KeyLife: time.Hour, Log: log,
	})
	return d
}

func (d *desk) wallet(business string, amount int64) {
	d.t.Helper()
	if err := d.db.Gorm.Create(new(billing.EmptyWallet(d.till.Keys, business))).Error; err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.till.TopUp(context.Background(), business, "opening", amount); err != nil {
		d.t.Fatal(err)
	}
}

// query is a well-formed question of the business shop.
func (d *desk) query(change ...func(q *Query)) Query {
	phone, err := models.ParseNigerian("08031234567")
	if err != nil {
		d.t.Fatal(err)
	}
	q := Query{
		BusinessID: "shop", KeyID: "key", Requester: models.Requester{ID: "u1", FirstName: "Bola", LastName: "Ade"},
		Price: Price{Found: 50, NotFound: 20}, Phone: phone, Metadata: json.RawMessage(`{"customer":"Chidi Secret","n":7}`),
		Consent: Consent{Purpose: "onboarding", Notice: &models.PrivacyNotice{Version: "2"}},
		Body:    []byte(`{"mobile":"08031234567"}`), Scope: "phone", At: d.clock.now(), Render: rendered,
	}
	for _, f := range change {
		f(&q)
	}
	return q
}

func rendered(r *Record) []byte {
	return fmt.Appendf(nil, "%s %s %s %d", r.ID, r.Status, encode(r.Said), r.Charged)
}

func (d *desk) has(available, held int64) {
	d.t.Helper()
	w, err := d.till.Wallet(context.Background(), "shop")
	if err != nil || w.Available != available || w.Held != held {
		d.t.Errorf("the wallet has %d and holds %d (%v), want %d and %d", w.Available, w.Held, err, available, held)
	}
}

func (d *desk) clean() {
	d.t.Helper()
	audit, err := d.till.Verify(context.Background(), "", func(int64) {})
	if err != nil || len(audit.Lies) > 0 {
		d.t.Errorf("the books: %v, %v", audit.Lies, err)
	}
}

// lookups reads the rows of the business, oldest first.
func (d *desk) lookups() (rows []models.Lookup) {
	d.t.Helper()
	if err := d.db.Gorm.Order("id").Find(&rows).Error; err != nil {
		d.t.Fatal(err)
	}
	return rows
}

func (d *desk) events() (rows []models.ConsentEvent) {
	d.t.Helper()
	if err := d.db.Gorm.Order("id").Find(&rows).Error; err != nil {
		d.t.Fatal(err)
	}
	return rows
}

func (d *desk) keys() (n int64) {
	d.t.Helper()
	if err := d.db.Gorm.Table("idempotency_keys").Count(&n).Error; err != nil {
		d.t.Fatal(err)
	}
	return n
}

func refused(t testing.TB, err error, code models.Code) {
	t.Helper()
	if models.CodeOf(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}
