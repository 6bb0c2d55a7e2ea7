package webhooks

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"whoseline/test/wait"

	"go.uber.org/goleak"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// script is a clock that the test moves, ids that grow with it, and chance that is always in the middle.
type script struct {
	mu    sync.Mutex
	at    time.Time
	count int
}

func (s *script) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *script) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func (s *script) id() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return models.IDAt(s.at)[:12] + fmt.Sprintf("%012x", s.count)
}

// office is one gateway's service over a database.
type office struct {
	*Service
	t      testing.TB
	db     *storage.DB
	script *script
	said   *logText
}

// engines runs a test with a service on each engine.
func engines(t *testing.T, test func(t *testing.T, o *office), change ...func(*Options)) {
	t.Helper()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) { test(t, newOffice(t, db, &script{at: noon}, change...)) })
}

func newOffice(t testing.TB, db *storage.DB, s *script, change ...func(*Options)) *office {
	t.Helper()
	vault, err := storage.OpenKeyring(t.Context(), db.Gorm, bytes.Repeat([]byte("k"), 32), nil, s.now)
	if err != nil {
		t.Fatal(err)
	}
	said := &logText{}
	o := Options{
		DB: db.Gorm, Read: db.Read, Vault: vault, World: models.World{Now: s.now, NewID: s.id},
		Chance: func() float64 { return 0.5 }, AllowLoopback: true, Poll: time.Hour,
		Log: slog.New(slog.NewJSONHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&o)
	}
	made := &office{Service: New(o), t: t, db: db, script: s, said: said}
	t.Cleanup(made.client.CloseIdleConnections)
	return made
}

// neighbour is another gateway over the same database, on the same clock.
func (o *office) neighbour(change ...func(*Options)) *office {
	return newOffice(o.t, o.db, o.script, change...)
}

// open starts the deliveries; close ends them and waits.
func (o *office) open() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); o.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	o.t.Cleanup(stop)
	return stop
}

func (o *office) endpoint(business, url string) (models.WebhookEndpoint, string) {
	o.t.Helper()
	e, secret, err := o.Create(context.Background(), NewEndpoint{BusinessID: business, URL: url})
	if err != nil {
		o.t.Fatal(err)
	}
	return e, secret
}

// event writes an event of a lookup that is made up.
func (o *office) event(business, body string) *models.WebhookEvent {
	o.t.Helper()
	e, err := o.Seal(NewEvent{
		BusinessID: business, Type: "identity.verification.completed", LookupID: o.world.NewID(), Payload: []byte(body),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if err := Enqueue(o.primary, e); err != nil {
		o.t.Fatal(err)
	}
	o.Nudge()
	return e
}

// deliveries are all of an event's, the newest last.
func (o *office) deliveries(e *models.WebhookEvent) (list []models.WebhookDelivery) {
	o.t.Helper()
	err := o.replica.Where("business_id = ? AND event_id = ?", e.BusinessID, e.ID).Order("endpoint_id, round").Find(&list).Error
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

// becomes waits until the event's only delivery is in a state after some attempts, with nobody working on it.
func (o *office) becomes(e *models.WebhookEvent, state models.WebhookState, attempts int) (d models.WebhookDelivery) {
	o.t.Helper()
	wait.Until(o.t, "the delivery becomes what it is to be", func() bool {
		list := o.deliveries(e)
		if len(list) != 1 {
			o.t.Fatalf("%d deliveries of the event", len(list))
		}
		d = list[0]
		return d.State == state && d.Attempts == attempts && d.Lease == ""
	})
	return d
}

func (o *office) count(table string) (n int64) {
	o.t.Helper()
	if err := o.replica.Table(table).Count(&n).Error; err != nil {
		o.t.Fatal(err)
	}
	return n
}

// logText may be written to and read by several goroutines.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func wantCode(t testing.TB, what string, err error, want models.Code) {
	t.Helper()
	if code := models.CodeOf(err); code != want {
		t.Errorf("%s: got %q (%v), want %q", what, code, err, want)
	}
}
