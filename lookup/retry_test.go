package lookup

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/webhooks"
)

// outage is a desk whose sources are down and whose business shop has an endpoint.
type outage struct {
	*desk
	hooks *webhooks.Service
}

func outages(t *testing.T, test func(t *testing.T, o *outage)) {
	t.Helper()
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		o := &outage{desk: d, hooks: webhooks.New(webhooks.Options{
			DB: d.db.Gorm, Read: d.db.Read, Vault: d.vault.(webhooks.Vault), World: d.world, AllowLoopback: true,
		})}
		d.outage = Outage{Webhooks: o.hooks, Payload: func(_ context.Context, r *Record) (webhooks.NewEvent, error) {
			return webhooks.NewEvent{BusinessID: r.BusinessID, Type: "ended", LookupID: r.ID, Payload: rendered(r)}, nil
		}}
		d.live.say, d.test.say = down, down
		if _, _, err := o.hooks.Create(t.Context(), webhooks.NewEndpoint{BusinessID: "shop", URL: "http://127.0.0.1/told"}); err != nil {
			t.Fatal(err)
		}
		test(t, o)
	})
}

func down(Question) Finding {
	tried := models.Attempt{Source: "directory", Outcome: models.OutcomeProviderDown, At: noon}
	return Finding{Outcome: tried.Outcome, Attempts: []models.Attempt{tried}}
}

func (o *outage) pending(change ...func(q *Query)) Result {
	o.t.Helper()
	result, err := o.Find(o.t.Context(), o.query(change...))
	if err != nil {
		o.t.Fatal(err)
	}
	return result
}

// resumes runs one round, which must settle that many.
func (o *outage) resumes(settled int) {
	o.t.Helper()
	if n, err := o.RetryDue(o.t.Context()); err != nil || n != settled {
		o.t.Errorf("settled %d (%v), want %d", n, err, settled)
	}
}

// asked checks how often the live source was asked.
func (o *outage) asked(times int64) {
	o.t.Helper()
	if n := o.live.asked.Load(); n != times {
		o.t.Errorf("asked %d times, want %d", n, times)
	}
}

// told gives the payloads of all events, newest first. Each has one delivery that waits.
func (o *outage) told() (payloads []string) {
	o.t.Helper()
	list, _, err := o.hooks.Events(o.t.Context(), webhooks.Search{BusinessID: "shop"})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, e := range list {
		e, err := o.hooks.Event(o.t.Context(), "shop", e.ID)
		if err != nil {
			o.t.Fatal(err)
		}
		payloads = append(payloads, string(e.Payload))
	}
	waiting, _, err := o.hooks.Deliveries(o.t.Context(), webhooks.Search{BusinessID: "shop", State: models.WebhookWaiting})
	if err != nil || len(waiting) != len(list) {
		o.t.Errorf("%d events wait %d times (%v)", len(list), len(waiting), err)
	}
	return payloads
}

// ended checks how the only lookup ended and that one event, with that ending, says so.
func (o *outage) ended(status models.Status, reason string, charged int64) models.Lookup {
	o.t.Helper()
	l := o.lookups()[0]
	if l.Status != status || l.Reason != reason || l.Charged != charged || !l.AnsweredAt.Equal(noon) || !l.ModifiedAt.Equal(o.clock.now()) {
		o.t.Errorf("%+v", l)
	}
	told := o.told()
	if len(told) != 1 || !strings.HasPrefix(told[0], l.ID+" "+string(status)+" ") {
		o.t.Errorf("told %q", told)
	}
	o.clean()
	return l
}

func TestWhatNoSourceAnswersIsPendingAndKeepsItsHold(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		first := o.pending(keyed)
		if *first.Receipt != (billing.Receipt{Balance: 950, Entry: 2}) {
			t.Errorf("receipt %+v", *first.Receipt)
		}
		l := o.lookups()[0]
		if l.Status != models.StatusPending || l.Reason != "" || !l.ExpiresAt.Equal(noon.Add(5*time.Second)) {
			t.Errorf("%+v", l)
		}
		again, err := o.Find(t.Context(), o.query(keyed))
		if err != nil || !again.Replayed || string(again.Body) != string(first.Body) || *again.Receipt != *first.Receipt {
			t.Errorf("again: %+v, %v", again, err)
		}
		o.asked(1)
		o.has(950, 50)
		if told := o.told(); len(told) != 0 {
			t.Errorf("told %q", told)
		}
		o.clean()
	})
}

func TestAPendingLookupIsAskedForAgainWhenItIsDueAndChargedOnce(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		o.live.say = found(ngozi)
		o.clock.pass(5 * time.Second)
		o.resumes(0)
		o.asked(1)
		o.clock.pass(time.Millisecond)
		o.resumes(1)
		o.asked(2)
		o.has(950, 0)
		l := o.ended(models.StatusFound, "", 50)
		r, err := o.Get(t.Context(), "shop", false, l.ID)
		if err != nil || len(r.Said.Owners) != 1 || strings.Count(r.Attempts, `"source"`) != 2 {
			t.Errorf("%+v, %v", r, err)
		}
		o.clock.pass(48 * time.Hour)
		o.resumes(0)
		o.asked(2)
	})
}

func TestAPendingLookupIsAskedForMoreAndMoreRarely(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		for at, next := range map[time.Duration]time.Duration{
			0: 5 * time.Second, 8 * time.Second: 5 * time.Second, time.Minute: 30 * time.Second, 23 * time.Hour: 30 * time.Minute,
		} {
			if got := pause(at); got != next {
				t.Errorf("after %v the pause is %v, want %v", at, got, next)
			}
		}
		o.clock.pass(time.Minute)
		o.resumes(0)
		o.asked(2)
		if l := o.lookups()[0]; l.Status != models.StatusPending || !l.ExpiresAt.Equal(noon.Add(90*time.Second)) {
			t.Errorf("%+v", l)
		}
		o.has(950, 50)
		o.clean()
	})
}

func TestAnAnswerThatComesLateCostsWhatItWouldHave(t *testing.T) {
	for name, c := range map[string]struct {
		says      Finding
		status    models.Status
		available int64
	}{
		"nobody":     {Finding{Outcome: models.OutcomeNotFound}, models.StatusNotFound, 980},
		"impossible": {Finding{Outcome: models.OutcomeInvalid, Reason: "no such range"}, models.StatusFailed, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			outages(t, func(t *testing.T, o *outage) {
				o.pending()
				o.live.say = func(Question) Finding { return c.says }
				o.clock.pass(time.Minute)
				o.resumes(1)
				o.ended(c.status, c.says.Reason, 1000-c.available)
				o.has(c.available, 0)
			})
		})
	}
}

func TestAfterADayAPendingLookupFailsAndItsMoneyGoesBack(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		o.clock.pass(24*time.Hour - time.Second)
		o.resumes(0)
		o.has(950, 50)
		o.clock.pass(time.Second + time.Millisecond)
		o.resumes(1)
		o.asked(3)
		o.ended(models.StatusFailed, noSource, 0)
		o.has(1000, 0)
	})
}

func TestAConsentThatIsWithdrawnEndsAPendingLookupUnasked(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		o.live.say = found(ngozi)
		if _, err := o.Withdraw(t.Context(), Withdrawal{BusinessID: "shop", KeyID: "key", Phone: o.query().Phone}); err != nil {
			t.Fatal(err)
		}
		o.clock.pass(time.Minute)
		o.resumes(1)
		o.asked(1)
		o.ended(models.StatusFailed, "Consent was withdrawn", 0)
		o.has(1000, 0)
	})
}

func TestAPersonErasedMeanwhileEndsAPendingLookupUnaskedAndUntold(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		o.live.say = found(ngozi)
		if err := o.db.Gorm.Exec("UPDATE lookups SET data_key = NULL").Error; err != nil {
			t.Fatal(err)
		}
		o.clock.pass(time.Minute)
		o.resumes(1)
		o.asked(1)
		o.has(1000, 0)
		if l := o.lookups()[0]; l.Status != models.StatusFailed || l.Reason != "Erased" || len(o.told()) != 0 {
			t.Errorf("%s, %q, %d told", l.Status, l.Reason, len(o.told()))
		}
	})
}

func TestGatewaysThatResumeAtOnceAskAndChargeOnce(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		const lookups = 12
		for range lookups {
			o.pending()
		}
		o.live.say = found(ngozi)
		o.clock.pass(time.Minute)
		var settled atomic.Int64
		var both sync.WaitGroup
		for _, gateway := range []*Service{o.Service, o.another()} {
			both.Go(func() {
				n, err := gateway.RetryDue(t.Context())
				if settled.Add(int64(n)); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if n := settled.Load(); n != lookups || len(o.told()) != lookups {
			t.Errorf("%d settled, %d told", n, len(o.told()))
		}
		o.asked(2 * lookups)
		o.has(1000-50*lookups, 0)
		o.clean()
	})
}
