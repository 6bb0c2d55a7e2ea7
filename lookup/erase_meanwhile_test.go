package lookup

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/models"
)

func TestAPersonIsNotErasedWhileAnotherGatewayAsksAboutThem(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending(about(erasedNumber))
		o.clock.pass(time.Minute)
		o.leasePause = time.Microsecond
		erasure := Erasure{BusinessID: "shop", Phone: o.query(about(erasedNumber)).Phone}
		o.live.say = func(q Question) Finding {
			_, err := o.Erase(t.Context(), erasure)
			refused(t, err, models.Busy)
			return named(q)
		}
		if n, err := o.another().RetryDue(t.Context()); err != nil || n != 1 {
			t.Errorf("settled %d, %v", n, err)
		}
		if knows := o.knows(erasedNumber); len(knows) == 0 {
			t.Error("the answer is not there")
		}
		if e := o.erases(erasedNumber, 1); e.PendingEnded != 0 {
			t.Errorf("%+v", e)
		}
		if knows := o.knows(erasedNumber); len(knows) > 0 {
			t.Errorf("%q can be had", knows)
		}
		o.has(950, 0)
		o.clean()
	})
}

func TestWhatIsAskedWhileThePersonIsErasedIsAnsweredAndNotKept(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.live.say = func(q Question) Finding {
			o.erases(erasedNumber, 1)
			return named(q)
		}
		result := o.finds(about(erasedNumber), cached)
		if !strings.Contains(string(result.Body), "OWNER OF "+erasedNumber) || result.Receipt.Charged != 50 {
			t.Errorf("%s, %+v", result.Body, result.Receipt)
		}
		if knows := o.knows(erasedNumber); len(knows) > 0 {
			t.Errorf("%q can be had", knows)
		}
		_, err := o.Find(t.Context(), o.query(about(erasedNumber), cached))
		refused(t, err, models.NotFound)
		o.has(950, 0)
		o.clean()
	})
}

func TestWhatNobodyCouldAnswerWhileThePersonWasErasedIsGivenUp(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.live.say = func(q Question) Finding {
			o.erases(erasedNumber, 1)
			return down(q)
		}
		o.pending(about(erasedNumber))
		o.has(950, 50)
		o.live.say = named
		o.clock.pass(time.Minute)
		o.resumes(1)
		o.asked(1)
		o.has(1000, 0)
		if len(o.told()) != 0 || len(o.knows(erasedNumber)) != 0 {
			t.Errorf("told %q, known %q", o.told(), o.knows(erasedNumber))
		}
		o.clean()
	})
}

func TestCodesOfErasedLookupsAreForgotten(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, n *number) {
		a := o.waits(about(erasedNumber))
		o.erases(erasedNumber, 1)
		if n.gone == 0 {
			t.Error("the code is kept")
		}
		_, err := o.Confirm(t.Context(), a, rightCode)
		refused(t, err, models.Conflict)
		o.has(1000, 0)
		o.asked(0)
		o.clean()
	})
}

func TestAnErasureThatBreaksOffIsFinishedByTheNext(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		witness := o.evidence()
		o.pending(about(erasedNumber), func(q *Query) { q.IdempotencyKey = "pending" })
		o.live.say = named
		for i := range 3 {
			o.finds(about(erasedNumber), cached, func(q *Query) { q.IdempotencyKey = fmt.Sprint(i) })
		}
		o.live.say = func(q Question) Finding { // an open one is erased by itself: two transactions, and the second fails
			witness.refuses = 2
			if _, err := o.Erase(t.Context(), Erasure{BusinessID: "shop", Phone: q.Phone}); models.CodeOf(err) != models.Internal {
				t.Errorf("%v", err)
			}
			witness.refuses = 0
			return named(q)
		}
		o.finds(about(erasedNumber), func(q *Query) { q.IdempotencyKey = "open" })
		if knows := o.knows(erasedNumber); len(knows) == 0 {
			t.Error("the erasure did not break off")
		}
		o.erases(erasedNumber, 4)
		if knows := o.knows(erasedNumber); len(knows) > 0 {
			t.Errorf("%q can be had", knows)
		}
		total := int64(0)
		for _, e := range witness.noted {
			total += e.Lookups
		}
		if total != 5 {
			t.Errorf("evidence of %d: %+v", total, witness.noted)
		}
		o.has(880, 0) // two new ones at 50 each, and two from memory at 10
		o.clean()
	})
}

func TestErasuresAtOnceCountEachLookupOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		const lookups = 12
		d.wallet("shop", 1000)
		witness := d.evidence()
		for range lookups {
			d.finds()
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := d.another().Erase(t.Context(), Erasure{BusinessID: "shop", Phone: d.query().Phone}); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				if _, err := d.another().EraseBefore(t.Context(), "shop", noon.Add(time.Hour)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		total := int64(0)
		for _, e := range witness.noted {
			total += e.Lookups
		}
		if total != lookups {
			t.Errorf("evidence of %d", total)
		}
		d.clean()
	})
}

func TestAReasonOfOnesOwnIsRefused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		d.finds()
		_, err := d.Erase(t.Context(), Erasure{BusinessID: "shop", Phone: d.query().Phone, Reason: "she moved to Ibadan"})
		refused(t, err, models.Invalid)
		if d.lookups()[0].Erased() {
			t.Error("it was erased all the same")
		}
	})
}
