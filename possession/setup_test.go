package possession

import (
	"bytes"
	"context"
	commandline "flag"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// TestMain makes the random walks few, or many when they are asked for, as the nightly build does:
//
//	WHOSELINE_LONG=1 TMPDIR=/dev/shm go test -run RandomOperations -timeout 0 ./possession
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

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	made  atomic.Int64 // ids of this process, also of several services over one database
	cairo = phone("+201000000000")
	lagos = phone("+2348012345678")
)

func phone(e164 string) models.Phone { return models.PhoneFromE164(e164) }

func newID() string { return fmt.Sprintf("%024x", made.Add(1)) }

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

// farSide carries messages: it keeps what it was given.
type farSide struct {
	mu       sync.Mutex
	outcome  Outcome
	err      error
	cost     int64
	messages []Message
}

func (n *farSide) Send(_ context.Context, m Message) Delivery {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.messages = append(n.messages, m)
	return Delivery{Outcome: n.outcome, Provider: "network", Reference: "ref", Segments: 1, Cost: models.NGN(n.cost), Err: n.err}
}

func (n *farSide) last() Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.messages[len(n.messages)-1]
}

func (n *farSide) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.messages)
}

// house is one process over a database, with a clock and a far side that are shared with its neighbours.
type house struct {
	*Service
	t     testing.TB
	db    *storage.DB
	clock *clock
	net   *farSide
	log   *bytes.Buffer
	price int64 // of a message
}

// agreed is what holds for every business here: the house's limits, and its price of a message.
func (h *house) agreed(c SendCode) SendCode {
	c.Messages.Limits, c.Messages.Price = h.limits, h.price
	return c
}

func (h *house) Send(ctx context.Context, c SendCode) (Sent, error) {
	return h.Service.Send(ctx, h.agreed(c))
}

func (h *house) Enrol(ctx context.Context, c SendCode) (Sent, error) {
	return h.Service.Enrol(ctx, h.agreed(c))
}

func (h *house) Resend(ctx context.Context, c SendCode) (Sent, error) {
	return h.Service.Resend(ctx, h.agreed(c))
}

func (h *house) Set(ctx context.Context, n SetNumber) (Sent, error) {
	n.SendCode = h.agreed(n.SendCode)
	return h.Service.Set(ctx, n)
}

func engines(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) { test(t, newHouse(t, db)) })
}

func newHouse(t testing.TB, db *storage.DB, change ...func(*Options)) *house {
	t.Helper()
	return newNeighbour(t, db, &clock{at: noon}, &farSide{outcome: Accepted}, change...)
}

func newNeighbour(t testing.TB, db *storage.DB, c *clock, net *farSide, change ...func(*Options)) *house {
	t.Helper()
	vault, err := storage.OpenKeyring(context.Background(), db.Gorm, bytes.Repeat([]byte{7}, 32), nil, c.now)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: db, clock: c, net: net, log: new(bytes.Buffer)}
	o := Options{
		DB: db.Gorm, Read: db.Read, Vault: vault, World: models.World{Now: c.now, NewID: newID}, Live: net, Sandbox: net,
		Limits: usualLimits(), SendWithin: 10 * time.Second, Box: vault, Log: slog.New(slog.NewJSONHandler(h.log, nil)),
	}
	for _, f := range change {
		f(&o)
	}
	h.Service = New(o)
	return h
}

// twoHouses are two processes over one database.
func twoHouses(t *testing.T, test func(t *testing.T, houses [2]*house)) {
	t.Helper()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := storagetest.MigratedURL(t, engine)
			first := newHouse(t, storagetest.OpenURL(t, url))
			second := newNeighbour(t, storagetest.OpenURL(t, url), first.clock, first.net)
			test(t, [2]*house{first, second})
		})
	}
}

func who(subject string) Who { return Who{BusinessID: "shop", Subject: subject} }

// applicant is the policy of an onboarding, member of an account with one telephone, customer of an app's login.
var (
	applicant = Policy{Life: 10 * time.Minute, Exclusive: true}
	member    = Policy{Life: 10 * time.Minute, Attested: true}
	customer  = Policy{Life: 5 * time.Minute, Again: true}
)

// open makes subjects.
func (h *house) open(subjects ...string) {
	h.t.Helper()
	for _, subject := range subjects {
		if _, err := h.Open(h.t.Context(), Opening{Who: who(subject)}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// add adds a number as an onboarding does.
func (h *house) add(subject string, p models.Phone) error {
	_, err := h.Add(h.t.Context(), AddNumber{Who: who(subject), Policy: applicant, Phone: p})
	return err
}

func (h *house) send(subject string) error {
	_, err := h.Send(h.t.Context(), SendCode{Who: who(subject), Policy: applicant})
	return err
}

func (h *house) try(subject, code string) error {
	_, err := h.Check(h.t.Context(), CheckCode{Who: who(subject), Policy: applicant, Code: code})
	return err
}

// sent makes a subject with a number to which a code was sent.
func (h *house) sent(subject string, p models.Phone) (code string) {
	h.t.Helper()
	h.open(subject)
	must(h.t, h.add(subject, p))
	must(h.t, h.send(subject))
	return h.net.last().Code
}

// verified makes a subject with a verified number.
func (h *house) verified(subject string, p models.Phone) {
	h.t.Helper()
	must(h.t, h.try(subject, h.sent(subject, p)))
}

func (h *house) get(subject string) Holder {
	h.t.Helper()
	got, err := h.Get(h.t.Context(), who(subject))
	must(h.t, err)
	return got
}

func (h *house) events(subject string) (kinds []models.EventKind) {
	h.t.Helper()
	events, err := h.Events(h.t.Context(), who(subject), 0)
	must(h.t, err)
	for i, e := range events {
		if e.Seq != int64(i)+1 {
			h.t.Errorf("event %d has number %d", i+1, e.Seq)
		}
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (h *house) count(table, condition string, args ...any) (n int64) {
	h.t.Helper()
	must(h.t, h.db.Gorm.Table(table).Where(condition, args...).Count(&n).Error)
	return n
}

// other gives a code that is not this one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, want models.Code) {
	t.Helper()
	if got := models.CodeOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

// together runs f n times at once, half of them in each process.
func together(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			f(i)
		})
	}
	done.Wait()
}

// usualLimits are what an operator has who set nothing.
func usualLimits() settings.Limits {
	return settings.Limits{
		PerNumber:   settings.Cap{Most: 3, Within: 10 * time.Minute},
		PerSubject:  settings.Cap{Most: 20, Within: time.Hour},
		PerBusiness: settings.Cap{Most: 12_000, Within: time.Hour},
		PerIP:       settings.Cap{Most: 120, Within: time.Hour},
		PerBlock:    settings.Cap{Most: 1200, Within: time.Hour},
		Pumping:     settings.Pumping{Mode: settings.ModeRecord, Share: 20, CountryDay: 20, CountryHour: 3, IPDay: 10, IPCountries: 3},
	}
}
