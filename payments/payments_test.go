package payments_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/payments"
	"whoseline/payments/paysim"
	"whoseline/providers/gate"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// purse is a till that keeps what it was told to credit, in the transaction.
type purse struct{}

func (purse) TopUpIn(tx *gorm.DB, businessID, reference string, amount int64) (models.Wallet, error) {
	return models.Wallet{}, tx.Exec("INSERT INTO transfers (business_id, seq, kind, reference, debit, credit, amount, balance, created_at) VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM transfers WHERE business_id = ?), 'top_up', ?, 'funding', 'available', ?, 0, ?)",
		businessID, businessID, reference, amount, time.Unix(0, 0).UTC()).Error
}

// counter is a service that takes payments with a vendor that is played.
type counter struct {
	*payments.Service
	sim     *paysim.Sim
	db      *storage.DB
	options payments.Options
	account payments.Account
	clock   *atomic.Int64
	states  *sync.Map
}

var made atomic.Int64

func open(t *testing.T, db *storage.DB, vendor string) *counter {
	t.Helper()
	c := &counter{db: db, clock: new(atomic.Int64), states: new(sync.Map)}
	c.sim = paysim.New("https://pay.example")
	far := httptest.NewServer(c.sim)
	t.Cleanup(far.Close)
	now := func() time.Time { return time.UnixMicro(c.clock.Load()).UTC() }
	c.clock.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMicro())
	c.account = payments.Account{
		Base: far.URL + "/" + vendor, Key: paysim.Key, Secret: paysim.Secret, Word: paysim.Word, Contract: "100",
	}
	desk := c.desk(t, vendor, gate.Options{Now: now, Breakerless: true}) // the breaker goes by the machine's clock
	c.options = payments.Options{
		DB: db.Gorm, Read: db.Read, Till: purse{}, Vendor: desk, Expires: time.Hour, Least: 1000, Most: 1_000_000, Log: slog.New(slog.DiscardHandler),
		World: models.World{Now: now, NewID: func() string { return fmt.Sprintf("%024x", made.Add(1)) }},
		Hash:  storagetest.Keyring(t, db).Hash,
		Changed: func(_ *gorm.DB, up payments.TopUp) error {
			c.states.Store(up.ID+"/"+string(up.State), true)
			return nil
		},
	}
	c.Service = payments.New(c.options)
	return c
}

func (c *counter) desk(t *testing.T, vendor string, o gate.Options) *payments.Desk {
	t.Helper()
	desk, err := payments.NewDesk(vendor, c.account, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(desk.Close)
	return desk
}

func (c *counter) pass(d time.Duration) { c.clock.Add(d.Microseconds()) }

func (c *counter) start(t *testing.T, amount int64) payments.TopUp {
	t.Helper()
	up, err := c.Start(t.Context(), payments.Order{BusinessID: "acme", Amount: amount, Email: "ada@acme.example", ReturnURL: "https://acme.example/back"})
	if err != nil {
		t.Fatal(err)
	}
	return up
}

// told brings the vendor's message, and has the vendor asked.
func (c *counter) told(t *testing.T, up payments.TopUp) {
	t.Helper()
	vendor, header, body := c.sim.Message(up.Reference)
	if err := c.Hear(t.Context(), vendor, header.Get, body); err != nil {
		t.Fatal(err)
	}
	c.work(t)
}

func (c *counter) work(t *testing.T) {
	t.Helper()
	if err := c.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (c *counter) is(t *testing.T, up payments.TopUp, state payments.State, why string, credited int64) {
	t.Helper()
	now, err := c.Get(t.Context(), "acme", up.ID)
	if err != nil || now.State != state || now.Why != why || now.Credited != credited {
		t.Errorf("%s %q, %d credited (%v), want %s %q, %d", now.State, now.Why, now.Credited, err, state, why, credited)
	}
	var sum int64
	c.db.Gorm.Table("transfers").Where("reference LIKE ?", up.Reference+"%").Select("coalesce(sum(amount), 0)").Scan(&sum)
	if sum != credited {
		t.Errorf("the wallet got %d, want %d", sum, credited)
	}
}

// words are how each vendor says it.
var words = map[string]map[payments.State]string{
	"paystack":    {payments.Paid: "success", payments.Failed: "failed", payments.Reversed: "reversed", payments.Open: "abandoned"},
	"flutterwave": {payments.Paid: "successful", payments.Failed: "failed", payments.Reversed: "reversed", payments.Open: "pending"},
	"monnify":     {payments.Paid: "PAID", payments.Failed: "FAILED", payments.Reversed: "REVERSED", payments.Open: "PENDING"},
}

func each(t *testing.T, test func(t *testing.T, c *counter, words map[payments.State]string)) {
	t.Helper()
	for _, vendor := range payments.Vendors() {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			storagetest.Engines(t, func(t *testing.T, db *storage.DB) { test(t, open(t, db, vendor), words[vendor]) })
		})
	}
}

func TestAPaymentIsCreditedOnceHoweverOftenItIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, say map[payments.State]string) {
		up := c.start(t, 5050)
		if p, known := c.sim.Payment(up.Reference); !known || p.Amount != 5050 || up.URL == "" {
			t.Errorf("the vendor knows %+v, the page is %q", p, up.URL)
		}
		c.sim.Pay(up.Reference, 0, "NGN", say[payments.Open])
		c.told(t, up)
		c.is(t, up, payments.Open, "", 0)
		c.sim.Pay(up.Reference, 5050, "NGN", say[payments.Paid])
		other := payments.New(c.options)
		var all sync.WaitGroup
		for _, s := range []*payments.Service{c.Service, other, c.Service, other} {
			all.Go(func() {
				vendor, header, body := c.sim.Message(up.Reference)
				if err := s.Hear(t.Context(), vendor, header.Get, body); err != nil {
					t.Error(err)
				}
				if err := s.Work(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		c.pass(time.Minute)
		c.work(t)
		c.is(t, up, payments.Paid, "", 5050)
		c.sim.Pay(up.Reference, 5050, "NGN", say[payments.Reversed])
		c.told(t, up)
		c.is(t, up, payments.Reversed, "", 5050)
		for _, state := range []payments.State{payments.Paid, payments.Reversed} {
			if _, told := c.states.Load(up.ID + "/" + string(state)); !told {
				t.Errorf("nobody was told that it was %s", state)
			}
		}
	})
}

func TestWithoutAMessageTheVendorIsAskedAllTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, say map[payments.State]string) {
		up := c.start(t, 5000)
		c.sim.Pay(up.Reference, 5000, "NGN", say[payments.Paid])
		c.sim.Away(true)
		c.pass(11 * time.Second)
		c.work(t)
		c.is(t, up, payments.Open, "", 0)
		c.sim.Away(false)
		c.pass(time.Minute)
		c.work(t)
		c.is(t, up, payments.Paid, "", 5000)
	})
}

func TestWhatComesLateIsCreditedAndWhatDoesNotIsAbandoned(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, say map[payments.State]string) {
		up := c.start(t, 5000)
		c.pass(2 * time.Hour)
		c.work(t)
		c.is(t, up, payments.Abandoned, "", 0)
		c.sim.Pay(up.Reference, 5000, "NGN", say[payments.Paid])
		c.told(t, up)
		c.is(t, up, payments.Paid, "late", 5000)
	})
}

func TestAForgedMessageIsRefusedAndAboutAnotherPaymentLetGo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, say map[payments.State]string) {
		up := c.start(t, 5000)
		vendor, header, body := c.sim.Message(up.Reference)
		for name := range header {
			if name != "Content-Type" {
				header.Set(name, "x"+header.Get(name)[1:])
			}
		}
		if err := c.Hear(t.Context(), vendor, header.Get, body); models.CodeOf(err) != models.Unauthorized {
			t.Errorf("forged: %v", err)
		}
		if err := c.Hear(t.Context(), "acmepay", header.Get, body); models.CodeOf(err) != models.NotFound {
			t.Errorf("another vendor: %v", err)
		}
		stranger := payments.TopUp{Reference: "wl-nobody"}
		_, header, _ = c.sim.Message(up.Reference)
		body = []byte(`{"data":{"reference":"wl-nobody","tx_ref":"wl-nobody"},"eventData":{"paymentReference":"wl-nobody"}}`)
		for _, name := range []string{"x-paystack-signature", "monnify-signature"} {
			header.Set(name, paysim.Sign(body))
		}
		if err := c.Hear(t.Context(), vendor, header.Get, body); err != nil {
			t.Errorf("%s: %v", stranger.Reference, err)
		}
		c.is(t, up, payments.Open, "", 0)
	})
}

func TestAPaymentThatTheVendorDidNotStartIsStartedWithTheSameKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, _ map[payments.State]string) {
		o := payments.Order{BusinessID: "acme", Amount: 5000, Email: "ada@acme.example", Token: "order-7"}
		c.sim.Away(true)
		if _, err := c.Start(t.Context(), o); models.CodeOf(err) != models.Unavailable {
			t.Errorf("%v", err)
		}
		c.sim.Away(false)
		first, err := c.Start(t.Context(), o)
		if err != nil || first.URL == "" {
			t.Fatal(err)
		}
		again, err := c.Start(t.Context(), o)
		if err != nil || again.ID != first.ID || again.URL != first.URL {
			t.Errorf("%+v, %v", again, err)
		}
		list, more, err := c.List(t.Context(), "acme", "", 10)
		if err != nil || more || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
	})
}

// slow is a vendor of which the first answer comes late.
type slow struct {
	payments.Vendor
	meanwhile func()
}

func (s *slow) Start(ctx context.Context, t payments.TopUp, email, returnURL string) (string, error) {
	page, err := s.Vendor.Start(ctx, t, email, returnURL)
	if f := s.meanwhile; f != nil {
		s.meanwhile = nil
		f()
	}
	return page, err
}

func TestOfTwoRequestsWithAKeyOneGetsAPageAndWhatIsPaidThereIsFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, say map[payments.State]string) {
		o := payments.Order{BusinessID: "acme", Amount: 5000, Email: "ada@acme.example", Token: "order-7"}
		var won payments.TopUp
		var err error
		c.Vendor = &slow{c.Vendor, func() { won, err = c.Start(t.Context(), o) }}
		if _, late := c.Start(t.Context(), o); models.CodeOf(late) != models.InProgress {
			t.Errorf("the slower one: %v", late)
		}
		if err != nil {
			t.Fatal(err)
		}
		if again, err := c.Start(t.Context(), o); err != nil || again.URL != won.URL || again.Reference != won.Reference {
			t.Errorf("%+v, want %+v, %v", again, won, err)
		}
		c.sim.Pay(won.Reference, 5000, "NGN", say[payments.Paid])
		c.told(t, won)
		c.is(t, won, payments.Paid, "", 5000)
	})
}

func TestARestThatComesLaterIsCreditedToo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, say map[payments.State]string) {
		up := c.start(t, 5000)
		c.sim.Pay(up.Reference, 2000, "NGN", say[payments.Paid])
		c.told(t, up)
		c.is(t, up, payments.Paid, "partial", 2000)
		c.sim.Pay(up.Reference, 5000, "NGN", say[payments.Paid])
		c.pass(2 * time.Minute)
		c.work(t)
		c.is(t, up, payments.Paid, "", 5000)
		c.told(t, up)
		c.is(t, up, payments.Paid, "", 5000)
	})
}

func TestAVendorThatSaysNothingForDaysLeavesThePaymentToPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, say map[payments.State]string) {
		up := c.start(t, 5000)
		c.sim.Away(true)
		for range 40 {
			c.pass(6 * time.Hour)
			c.work(t)
		}
		c.is(t, up, payments.Review, "no_word", 0)
		c.sim.Away(false)
		c.sim.Pay(up.Reference, 5000, "NGN", say[payments.Paid])
		c.told(t, up)
		c.is(t, up, payments.Paid, "late", 5000)
	})
}

func TestAnIdempotencyKeyIsForOneAmount(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.Open(t, storage.SQLite), "paystack")
	o := payments.Order{BusinessID: "acme", Amount: 5000, Email: "ada@acme.example", Token: "order-7"}
	c.sim.Away(true)
	if _, err := c.Start(t.Context(), o); models.CodeOf(err) != models.Unavailable {
		t.Errorf("%v", err)
	}
	o.Amount++
	if _, err := c.Start(t.Context(), o); models.CodeOf(err) != models.IdempotencyMismatch {
		t.Errorf("before the vendor has answered: %v", err)
	}
	o.Amount--
	c.sim.Away(false)
	if _, err := c.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Amount++
	if _, err := c.Start(t.Context(), o); models.CodeOf(err) != models.IdempotencyMismatch {
		t.Errorf("%v", err)
	}
	o.Token = ""
	for range 49 {
		if _, err := c.Start(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Start(t.Context(), o); models.CodeOf(err) != models.TooManyRequests {
		t.Errorf("one too many: %v", err)
	}
}

func TestWhatCannotBePaidIsRefused(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.Open(t, storage.SQLite), "paystack")
	good := payments.Order{BusinessID: "acme", Amount: 5000, Email: "ada@acme.example"}
	for field, change := range map[string]func(*payments.Order){
		"amount":    func(o *payments.Order) { o.Amount = 999 },
		"email":     func(o *payments.Order) { o.Email = "Ada <ada@acme.example>" },
		"returnUrl": func(o *payments.Order) { o.ReturnURL = "http://acme.example" },
	} {
		o := good
		change(&o)
		_, err := c.Start(t.Context(), o)
		if told, ok := err.(*models.Error); !ok || told.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	none := c.options
	none.Vendor = nil
	if _, err := payments.New(none).Start(t.Context(), good); models.CodeOf(err) != models.NotFound {
		t.Errorf("no vendor: %v", err)
	}
}

// TestJudge is the table of docs/operate/payments.md.
func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	open := payments.TopUp{Reference: "r", Amount: 100, State: payments.Open, ExpiresAt: now.Add(time.Hour)}
	with := func(change func(*payments.TopUp)) payments.TopUp { up := open; change(&up); return up }
	credited := with(func(up *payments.TopUp) { up.State, up.Credited = payments.Paid, 100 })
	paid := payments.Seen{State: payments.Paid, Amount: 100, Currency: "NGN", Reference: "r"}
	saw := func(change func(*payments.Seen)) payments.Seen { s := paid; change(&s); return s }
	for name, row := range map[string]struct {
		is   payments.TopUp
		seen payments.Seen
		want payments.Verdict
	}{
		"paid":               {open, paid, payments.Verdict{State: payments.Paid, Credit: 100}},
		"not tried yet":      {open, payments.Seen{Unknown: true}, payments.Verdict{State: payments.Open}},
		"under way":          {open, saw(func(s *payments.Seen) { s.State = payments.Open }), payments.Verdict{State: payments.Open}},
		"abandoned":          {with(func(up *payments.TopUp) { up.ExpiresAt = now.Add(-1) }), payments.Seen{Unknown: true}, payments.Verdict{State: payments.Abandoned}},
		"late":               {with(func(up *payments.TopUp) { up.State = payments.Abandoned }), paid, payments.Verdict{State: payments.Paid, Why: "late", Credit: 100}},
		"paid after failing": {with(func(up *payments.TopUp) { up.State = payments.Failed }), paid, payments.Verdict{State: payments.Paid, Why: "late", Credit: 100}},
		"partial":            {open, saw(func(s *payments.Seen) { s.Amount = 99 }), payments.Verdict{State: payments.Paid, Why: "partial", Credit: 99}},
		"overpaid":           {open, saw(func(s *payments.Seen) { s.Amount = 101 }), payments.Verdict{State: payments.Paid, Why: "overpaid", Credit: 101}},
		"foreign currency":   {open, saw(func(s *payments.Seen) { s.Currency = "USD" }), payments.Verdict{State: payments.Review, Why: "foreign_currency"}},
		"no amount":          {open, saw(func(s *payments.Seen) { s.Amount = 0 }), payments.Verdict{State: payments.Review, Why: "no_amount"}},
		"other reference":    {open, saw(func(s *payments.Seen) { s.Reference = "x" }), payments.Verdict{State: payments.Review, Why: "other_reference"}},
		"failed":             {open, saw(func(s *payments.Seen) { s.State = payments.Failed }), payments.Verdict{State: payments.Failed}},
		"taken back before":  {open, saw(func(s *payments.Seen) { s.State = payments.Reversed }), payments.Verdict{State: payments.Failed, Why: "taken_back"}},
		"told twice":         {credited, paid, payments.Verdict{State: payments.Paid}},
		"paid once more":     {credited, saw(func(s *payments.Seen) { s.Amount = 200 }), payments.Verdict{State: payments.Paid, Why: "overpaid", Credit: 100}},
		"the rest":           {with(func(up *payments.TopUp) { up.State, up.Why, up.Credited = payments.Paid, "partial", 40 }), paid, payments.Verdict{State: payments.Paid, Credit: 60}},
		"some of the rest":   {with(func(up *payments.TopUp) { up.State, up.Why, up.Credited = payments.Paid, "partial", 40 }), saw(func(s *payments.Seen) { s.Amount = 50 }), payments.Verdict{State: payments.Paid, Why: "partial", Credit: 10}},
		"failed afterwards":  {credited, saw(func(s *payments.Seen) { s.State = payments.Failed }), payments.Verdict{State: payments.Paid}},
		"reversed":           {credited, saw(func(s *payments.Seen) { s.State = payments.Reversed }), payments.Verdict{State: payments.Reversed}},
	} {
		if got := payments.Judge(row.is, row.seen, now); got != row.want {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
	}
}
