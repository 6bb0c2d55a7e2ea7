package lookup

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/billing"
	"whoseline/models"
)

// number is the far side of a code: it gets what is asked, and a code is right once.
type number struct {
	mu     sync.Mutex
	asked  []Proof
	refuse error // to ask
	spent  map[string]bool
	gone   int
}

const rightCode = "123456"

func (n *number) Ask(_ context.Context, p Proof) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, p)
	return n.refuse
}

func (n *number) Check(_ context.Context, p Proof, code string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case code != rightCode:
		return models.Fail(models.CodeWrong, "wrong")
	case n.spent[p.LookupID]:
		return models.Fail(models.CodeUsed, "used")
	}
	n.spent[p.LookupID] = true
	return nil
}

func (n *number) Forget(context.Context, Proof) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gone++
	return nil
}

// bound is an outage's desk whose lookups are bound to their numbers. Its source knows Ngozi.
func bound(t *testing.T, test func(t *testing.T, o *outage, n *number)) {
	t.Helper()
	outages(t, func(t *testing.T, o *outage) {
		n := &number{spent: map[string]bool{}}
		o.confirmer, o.live.say, o.test.say = n, found(ngozi), found(ngozi)
		test(t, o, n)
	})
}

func confirming(q *Query) { q.Confirm = true }

// waits asks for a lookup that waits for its code, and gives its id.
func (o *outage) waits(change ...func(q *Query)) Answering {
	o.t.Helper()
	o.pending(append(change, confirming)...)
	rows := o.lookups()
	last := rows[len(rows)-1]
	return Answering{BusinessID: "shop", Sandbox: last.Sandbox, LookupID: last.ID}
}

func TestABoundLookupAsksNoSourceBeforeItsNumberHasConfirmed(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, n *number) {
		a := o.waits(keyed)
		l := o.lookups()[0]
		if l.Status != models.StatusPending || !l.ExpiresAt.Equal(noon.Add(10*time.Minute)) || len(n.asked) != 1 || n.asked[0].Phone != o.query().Phone {
			t.Errorf("%+v, asked %+v", l, n.asked)
		}
		o.has(950, 50)
		again, err := o.Find(t.Context(), o.query(keyed, confirming))
		if err != nil || !again.Replayed || len(n.asked) != 1 {
			t.Errorf("again: %+v, %v, asked %d times", again, err, len(n.asked))
		}
		o.clock.pass(9 * time.Minute)
		o.resumes(0)
		_, err = o.Confirm(t.Context(), a, "000000")
		refused(t, err, models.CodeWrong)
		o.asked(0)
		if at, err := o.ConfirmedAt(t.Context(), "shop", a.LookupID); err != nil || !at.IsZero() {
			t.Errorf("confirmed at %v, %v", at, err)
		}
		r, err := o.Confirm(t.Context(), a, rightCode)
		if err != nil || r.Status != models.StatusFound || r.Charged != 50 || len(r.Said.Owners) != 1 || !strings.Contains(r.Attempts, `"source":"possession","outcome":"confirmed"`) {
			t.Fatalf("%+v, %v", r, err)
		}
		o.asked(1)
		o.has(950, 0)
		o.clean()
		if told := o.told(); len(told) != 1 || !strings.HasPrefix(told[0], a.LookupID+" found ") || n.gone != 1 {
			t.Errorf("told %q, forgotten %d", told, n.gone)
		}
		if at, err := o.ConfirmedAt(t.Context(), "shop", a.LookupID); err != nil || !at.Equal(o.clock.now()) {
			t.Errorf("confirmed at %v, %v", at, err)
		}
		_, err = o.Confirm(t.Context(), a, rightCode)
		refused(t, err, models.Conflict)
		_, err = o.Resend(t.Context(), a)
		refused(t, err, models.Conflict)
		o.clock.pass(48 * time.Hour)
		o.resumes(0)
		o.asked(1)
	})
}

func TestALookupThatIsNotConfirmedInTimeFailsUnasked(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, n *number) {
		a := o.waits()
		o.clock.pass(5 * time.Minute)
		r, err := o.Resend(t.Context(), a)
		if err != nil || !r.ExpiresAt.Equal(noon.Add(10*time.Minute)) || len(n.asked) != 2 {
			t.Errorf("%+v, %v, asked %d times", r, err, len(n.asked))
		}
		o.clock.pass(5 * time.Minute)
		late := func() {
			_, err = o.Confirm(t.Context(), a, rightCode)
			refused(t, err, models.CodeExpired)
			_, err = o.Resend(t.Context(), a)
			refused(t, err, models.CodeExpired)
		}
		late()
		o.clock.pass(time.Millisecond)
		o.resumes(1)
		late()
		o.asked(0)
		o.has(1000, 0)
		o.ended(models.StatusFailed, "The number was not confirmed in time", 0)
		if n.gone != 1 || len(n.spent) != 0 {
			t.Errorf("forgotten %d, spent %v", n.gone, n.spent)
		}
	})
}

func TestWhatBecomesOfALookupWhoseCodeCannotBeSent(t *testing.T) {
	for name, c := range map[string]struct {
		refusal error
		code    models.Code // of Find
		resent  models.Code // of Resend
	}{
		"no money":          {models.Fail(models.InsufficientFunds, "x"), models.InsufficientFunds, models.InsufficientFunds},
		"too many codes":    {&models.Error{Code: models.TooManySends, RetryAfter: time.Minute}, models.TooManyRequests, models.TooManyRequests},
		"no such number":    {models.Fail(models.ChannelRefused, "x"), "", models.ChannelRefused},
		"another country":   {models.Fail(models.CountryRefused, "x"), "", models.ChannelRefused},
		"channels are down": {models.Fail(models.SourcesUnavailable, "x"), models.SourcesUnavailable, models.SourcesUnavailable},
		"something broke":   {errors.New("x"), models.Internal, models.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			bound(t, func(t *testing.T, o *outage, n *number) {
				a := o.waits()
				n.refuse = c.refusal
				_, err := o.Resend(t.Context(), a)
				refused(t, err, c.resent)
				o.has(950, 50)
				result, err := o.Find(t.Context(), o.query(confirming, keyed))
				refused(t, err, c.code)
				if result.Receipt == nil || result.Receipt.Charged != 0 || result.Receipt.Balance != 950 || (result.Body == nil) != (c.code != "") {
					t.Errorf("%+v", result)
				}
				o.has(950, 50)
				l := o.lookups()[1]
				if l.Status != models.StatusFailed || !strings.HasPrefix(l.Reason, "No code could be sent") || strings.HasSuffix(l.Reason, "to this number") != (c.code == "") || o.keys() > 0 && c.code != "" {
					t.Errorf("%+v, %d keys", l, o.keys())
				}
				_, err = o.Confirm(t.Context(), Answering{BusinessID: "shop", LookupID: l.ID}, rightCode)
				refused(t, err, models.Conflict)
				o.asked(0)
				o.clean()
			})
		})
	}
}

func TestALookupIsConfirmedByItsOwnBusinessAndEnvironment(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, _ *number) {
		a := o.waits()
		for _, other := range []Answering{
			{BusinessID: "next", LookupID: a.LookupID}, {BusinessID: "shop", Sandbox: true, LookupID: a.LookupID}, {BusinessID: "shop", LookupID: "none"},
		} {
			_, err := o.Confirm(t.Context(), other, rightCode)
			refused(t, err, models.NotFound)
			_, err = o.Resend(t.Context(), other)
			refused(t, err, models.NotFound)
		}
		if _, err := o.Find(t.Context(), o.query()); err != nil { // one that is not bound
			t.Fatal(err)
		}
		_, err := o.Confirm(t.Context(), Answering{BusinessID: "shop", LookupID: o.lookups()[1].ID}, rightCode)
		refused(t, err, models.Conflict)
		sandbox := o.waits(func(q *Query) { q.Sandbox = true })
		if r, err := o.Confirm(t.Context(), sandbox, rightCode); err != nil || r.Status != models.StatusFound || r.Charged != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestAConfirmedLookupThatNoSourceAnswersIsAskedForAgain(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, _ *number) {
		a := o.waits()
		o.live.say = down
		r, err := o.Confirm(t.Context(), a, rightCode)
		if err != nil || r.Status != models.StatusPending {
			t.Fatalf("%+v, %v", r, err)
		}
		o.has(950, 50)
		o.live.say = found(ngozi)
		o.clock.pass(time.Minute)
		o.resumes(1)
		o.asked(2)
		o.over(models.StatusFound, 50)
	})
}

func TestAConfirmationThatCannotBeNotedIsOurFault(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, _ *number) {
		a := o.waits()
		if err := o.db.Gorm.Exec("ALTER TABLE lookup_claims RENAME TO gone").Error; err != nil {
			t.Fatal(err)
		}
		_, err := o.Confirm(t.Context(), a, rightCode)
		refused(t, err, models.Internal)
		o.asked(0)
	})
}

func TestAGatewayThatDiesAfterTheConfirmationLeavesItToTheOthers(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, n *number) {
		a := o.waits()
		record, err := o.awaiting(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.noteConfirmed(t.Context(), o.leaseOn("shop", record.ID), o.clock.now()); err != nil { // and here it dies
			t.Fatal(err)
		}
		refused(t, o.noteConfirmed(t.Context(), o.leaseOn("shop", record.ID), o.clock.now()), models.CodeExpired)
		o.resumes(0)
		o.clock.pass(o.leaseTime + time.Millisecond)
		o.resumes(1)
		o.asked(1)
		o.over(models.StatusFound, 50)
		if n.gone != 0 {
			t.Error("it was taken for one that nobody confirmed")
		}
	})
}

// over checks how the only lookup ended, and what it cost.
func (o *outage) over(status models.Status, charged int64) {
	o.t.Helper()
	l := o.lookups()[0]
	if l.Status != status || l.Charged != charged || len(o.told()) != 1 {
		o.t.Errorf("%+v", l)
	}
	o.has(1000-charged, 0)
	o.clean()
}

func TestOfManyRightCodesAtOnceOneAsksTheSources(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, _ *number) {
		a := o.waits()
		other := o.another()
		var all sync.WaitGroup
		answers := make(chan models.Code, 40)
		for i := range 40 {
			s := []*Service{o.Service, other}[i%2]
			all.Go(func() {
				_, err := s.Confirm(context.Background(), a, rightCode)
				answers <- models.CodeOf(err)
			})
		}
		all.Go(func() { _, _ = o.RetryDue(context.Background()) })
		all.Wait()
		close(answers)
		counts := map[models.Code]int{}
		for code := range answers {
			counts[code]++
		}
		if counts[""] != 1 || counts[models.Conflict] != 39 {
			t.Errorf("%v", counts)
		}
		o.asked(1)
		o.over(models.StatusFound, 50)
	})
}

func TestABoundLookupThatWasCutOffWhileItsCodeWentOutIsReleased(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, _ *number) {
		q := o.query(confirming)
		record, _, err := o.open(q)
		if err != nil {
			t.Fatal(err)
		}
		record.ExpiresAt = q.At.Add(confirmWithin)
		if _, err := o.till.Hold(billing.HoldOrder{Lookup: &record.Lookup}); err != nil {
			t.Fatal(err)
		}
		if err := o.db.Gorm.Create(&confirmation{BusinessID: "shop", LookupID: record.ID}).Error; err != nil {
			t.Fatal(err)
		}
		_, err = o.Confirm(t.Context(), Answering{BusinessID: "shop", LookupID: record.ID}, rightCode)
		refused(t, err, models.InProgress)
		o.clock.pass(11 * time.Minute)
		if n, err := o.till.Sweep(t.Context(), o.Abandon); n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		o.has(1000, 0)
		o.asked(0)
		o.clean()
	})
}
