package lookup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm/schema"

	"whoseline/models"
	"whoseline/webhooks"
)

// begins lets an erasure of the number go on in the background, and gives it.
func (d *desk) begins(number string) Erased {
	d.t.Helper()
	d.eraseAtOnce = 1
	phone, _ := models.ParseNigerian(number)
	e, err := d.Erase(d.t.Context(), Erasure{BusinessID: "shop", Phone: phone, Reason: "subject_request"})
	if err != nil || !e.GoesOn || e.Lookups != 0 {
		d.t.Fatalf("%+v, %v", e, err)
	}
	return e
}

// goesOn goes on with what was begun until it has ended.
func (d *desk) goesOn(s *Service, e Erased, lookups int64) {
	d.t.Helper()
	if err := s.EraseMore(d.t.Context(), func(Erasing) {}); err != nil {
		d.t.Error(err)
	}
	r, err := d.Erasing(d.t.Context(), "shop", e.Sandbox, e.ID)
	if err != nil || !r.Ended() || r.Erased != lookups || r.Total == nil || *r.Total != lookups || r.NumberIndex != nil {
		d.t.Errorf("%+v, %v", r, err)
	}
}

// doors are all ways out for what is known of a number's lookups, by what they give.
func (o *outage) doors(number string) map[string]func() string {
	q := o.query(about(number))
	text := func(v any, err error) string {
		if err != nil && models.CodeOf(err) != models.NotFound {
			o.t.Error(err)
		}
		return string(encode(v))
	}
	list := func(f Search) func() string {
		return func() string {
			f.BusinessID, f.Limit = "shop", 10
			records, _, err := o.List(o.t.Context(), f)
			return text(records, err)
		}
	}
	var ids []string
	for _, l := range o.lookups() {
		if string(l.NumberIndex) == string(o.numberIndex(q.Phone, false)) && l.BusinessID == "shop" {
			ids = append(ids, l.ID)
		}
	}
	members := map[string]json.RawMessage{"case": json.RawMessage(`"case-of-` + number + `"`)}
	return map[string]func() string{
		"history":             list(Search{}),
		"history by number":   list(Search{Phone: q.Phone}),
		"history by metadata": list(Search{Metadata: members}),
		"history of a status": list(Search{Status: models.StatusFound}),
		"one lookup":          func() string { r, err := o.Get(o.t.Context(), "shop", false, ids[0]); return text(r, err) },
		"results of a batch":  func() string { r, err := o.Records(o.t.Context(), "shop", ids); return text(r, err) },
		"a request's id": func() string {
			id, err := o.ByRequest(o.t.Context(), "shop", "request of "+number, noon)
			return text(id, err)
		},
		"an idempotency key":   func() string { r, err := o.Find(o.t.Context(), q); return string(r.Body) + text(nil, err) },
		"an event":             func() string { return strings.Join(o.payloads(), "\n") },
		"a recent answer":      func() string { return strings.Repeat("OWNER OF "+number, int(o.remembers(number))) },
		"what a second source": func() string { r, err := o.leaseOn("shop", ids[0]).record(o.t.Context()); return text(r, err) },
	}
}

// payloads gives what the events of the shop say.
func (o *outage) payloads() (all []string) {
	list, _, err := o.hooks.Events(o.t.Context(), webhooks.Search{BusinessID: "shop"})
	for _, e := range list {
		if e, err = o.hooks.Event(o.t.Context(), "shop", e.ID); err == nil {
			all = append(all, string(e.Payload))
		}
	}
	if err != nil {
		o.t.Error(err)
	}
	return all
}

// remembers counts the answers about a number that may be given again.
func (o *outage) remembers(number string) (n int64) {
	index := o.numberIndex(o.query(about(number)).Phone, false)
	if err := o.db.Gorm.Model(&recent{}).Where("business_id = 'shop' AND number_index = ?", index).Count(&n).Error; err != nil {
		o.t.Error(err)
	}
	return n
}

func TestWhileAPersonIsBeingErasedNothingOfThemComesThroughAnyDoor(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		doors, others := o.doors(erasedNumber), o.doors(otherNumber)
		tells := func(door func() string, number string) bool {
			text := door()
			for _, what := range []string{"234" + number[1:], "OWNER OF " + number, "case-of-" + number, "body of " + number} {
				if strings.Contains(text, what) {
					return true
				}
			}
			return false
		}
		delete(doors, "a request's id") // there is none in these lookups: TestARequestOfSomebodyBeingErasedIsNotFound
		delete(others, "a request's id")
		for name, door := range doors {
			if !tells(door, erasedNumber) {
				t.Errorf("%s tells nothing before", name)
			}
		}
		e := o.begins(erasedNumber)
		if knows := o.knows(erasedNumber); len(knows) == 0 {
			t.Fatal("the keys are gone: nothing is shown by this")
		}
		for name, door := range doors {
			if tells(door, erasedNumber) {
				t.Errorf("%s tells of the person", name)
			}
			if !tells(others[name], otherNumber) {
				t.Errorf("%s tells nothing of others", name)
			}
		}
		_, err := o.Find(t.Context(), o.query(about(erasedNumber)))
		refused(t, err, models.NotFound)
		yes := true
		list, _, err := o.List(t.Context(), Search{BusinessID: "shop", Limit: 10, Erased: &yes})
		if err != nil || len(list) != 2 || !list[0].Erased() {
			t.Errorf("%d are listed as erased, %v", len(list), err)
		}
		o.goesOn(o.Service, e, 2)
		o.has(800, 0)
		o.clean()
	})
}

func TestALookupAfterAnErasureHasBegunIsNotErased(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		witness := o.evidence()
		e := o.begins(erasedNumber)
		o.clock.pass(time.Second)
		o.finds(about(erasedNumber), func(q *Query) { q.IdempotencyKey = "new" })
		o.goesOn(o.another(), e, 2)
		if r := o.newest(); r.Erased() || len(r.Said.Owners) != 1 {
			t.Errorf("%+v", r)
		}
		if len(witness.noted) < 2 || witness.noted[0].Lookups != 0 || witness.noted[0].Later() || witness.sum() != 2 {
			t.Errorf("%+v", witness.noted)
		}
		if len(witness.over) != 1 || witness.over[0].Erased != 2 || witness.over[0].ID != e.ID || !witness.over[0].Ended() {
			t.Errorf("%+v", witness.over)
		}
		again, err := o.Erase(t.Context(), Erasure{BusinessID: "shop", Phone: o.query(about(erasedNumber)).Phone})
		if err != nil || again.Lookups != 1 || again.GoesOn {
			t.Errorf("%+v, %v", again, err)
		}
		if knows := o.knows(erasedNumber); len(knows) != 3 { // of the sandbox and of another business
			t.Errorf("%q", knows)
		}
		o.clean()
	})
}

func TestAskingAgainForAnErasureUnderWayGivesTheSame(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		e := o.begins(erasedNumber)
		if again := o.begins(erasedNumber); again.ID != e.ID {
			t.Errorf("%s and %s", e.ID, again.ID)
		}
		o.finds(about(erasedNumber), func(q *Query) { q.IdempotencyKey = "new" })
		more := o.begins(erasedNumber)
		if more.ID == e.ID {
			t.Error("the new lookup is not erased")
		}
		if err := o.EraseMore(t.Context(), func(Erasing) {}); err != nil {
			t.Error(err)
		}
		list, rest, err := o.Erasures(t.Context(), Erasure{BusinessID: "shop"}, "", 10)
		if err != nil || rest || len(list) != 2 || list[0].ID != more.ID || !list[0].Ended() || !list[1].Ended() || list[0].Erased+list[1].Erased != 3 {
			t.Errorf("%+v, %v", list, err)
		}
		if knows := o.knows(erasedNumber); len(knows) != 3 {
			t.Errorf("%q", knows)
		}
	})
}

func TestAnErasureOfAGatewayThatDiedIsFinishedByAnother(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		witness := o.evidence()
		e := o.begins(erasedNumber)
		dead, err := o.takeErasing(t.Context()) // and killed with the first half done
		if err != nil || dead == nil {
			t.Fatal(dead, err)
		}
		rows, err := o.leaving(t.Context(), dead)
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		if n, err := o.eraseLeaving(t.Context(), dead, rows[:1], func(Erasing) {}); err != nil || n != 1 {
			t.Error(n, err)
		}
		other := o.another()
		if err := other.EraseMore(t.Context(), func(Erasing) { t.Error("two work on it at once") }); err != nil {
			t.Error(err)
		}
		o.clock.pass(erasingLease + time.Second)
		o.goesOn(other, e, 2)
		if _, err := o.eraseLeaving(t.Context(), dead, rows[1:], func(Erasing) {}); err != nil && !errors.Is(err, errErasingLost) {
			t.Error(err)
		}
		if witness.sum() != 2 || len(witness.over) != 1 {
			t.Errorf("%+v, %+v", witness.noted, witness.over)
		}
	})
}

func TestTheHalfOfAGatewayThatLostTheLeaseIsNotCounted(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		witness := o.evidence()
		e := o.begins(erasedNumber)
		slow, err := o.takeErasing(t.Context())
		if err != nil || slow == nil {
			t.Fatal(slow, err)
		}
		rows, err := o.leaving(t.Context(), slow)
		if err != nil {
			t.Fatal(err)
		}
		o.clock.pass(erasingLease + time.Second)
		if taken, err := o.another().takeErasing(t.Context()); err != nil || taken == nil {
			t.Fatal(taken, err)
		}
		if _, err := o.eraseLeaving(t.Context(), slow, rows, func(Erasing) {}); !errors.Is(err, errErasingLost) {
			t.Errorf("%v", err)
		}
		if knows := o.knows(erasedNumber); len(knows) == 0 || witness.sum() != 0 {
			t.Errorf("%q, %+v", knows, witness.noted)
		}
		o.clock.pass(erasingLease + time.Second)
		o.goesOn(o.Service, e, 2)
	})
}

func TestAnErasureThatIsStoppedGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100_000)
		d.live.say = named
		witness := d.evidence()
		const lookups = 450
		for i := range lookups {
			d.finds(about(erasedNumber), func(q *Query) { q.IdempotencyKey = fmt.Sprint(i) })
		}
		e := d.begins(erasedNumber)
		ctx, stop := context.WithCancel(t.Context())
		seen := int64(0)
		_ = d.EraseMore(ctx, func(r Erasing) { // its error says that it was stopped
			seen = r.Erased
			stop()
		})
		if seen == 0 || seen >= lookups || witness.sum() != seen {
			t.Errorf("it did %d and told of %d", seen, witness.sum())
		}
		d.goesOn(d.another(), e, lookups)
		if witness.sum() != lookups || len(witness.over) != 1 {
			t.Errorf("evidence of %d, %+v", witness.sum(), witness.over)
		}
		if n, err := d.CountErased(t.Context(), "shop"); err != nil || n != lookups {
			t.Errorf("%d are erased, %v", n, err)
		}
		d.clean()
	})
}

func TestGatewaysThatEraseAtOnceCountEachLookupOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		d.live.say = named
		witness := d.evidence()
		for _, number := range []string{erasedNumber, otherNumber} {
			for i := range 6 {
				d.finds(about(number), func(q *Query) { q.IdempotencyKey = fmt.Sprint(number, i) })
			}
			d.begins(number)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := d.another().EraseMore(t.Context(), func(Erasing) {}); err != nil {
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
		d.clock.pass(erasingLease + time.Second)
		if err := d.EraseMore(t.Context(), func(Erasing) {}); err != nil {
			t.Error(err)
		}
		if witness.sum() != 12 || len(witness.over) != 2 {
			t.Errorf("evidence of %d, %+v", witness.sum(), witness.over)
		}
		d.clean()
	})
}

func TestAPendingLookupOfSomebodyBeingErasedEndsUnbilledWhoeverComesFirst(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		for i := range 3 {
			o.live.say = owes(fmt.Sprintf("r-%d", i))
			o.pending(about(erasedNumber), func(q *Query) { q.IdempotencyKey = fmt.Sprint(i) })
		}
		o.has(850, 150)
		e := o.begins(erasedNumber)
		asked := o.live.asked.Load()
		if got, err := o.Complete(t.Context(), brings("r-0", ngozis)); err != nil || got != CallbackLate {
			t.Errorf("the callback is %q, %v", got, err)
		}
		o.clock.pass(time.Minute)
		o.resumes(2)
		o.has(1000, 0)
		if told := o.payloads(); len(told) != 0 || o.live.asked.Load() != asked || o.debtor.polled.Load() != 0 {
			t.Errorf("told %q", told)
		}
		o.goesOn(o.Service, e, 3)
		o.clean()
	})
}

func TestALookupThatSomebodyAsksAboutHoldsUpNoOthersOfItsErasure(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending(about(erasedNumber), func(q *Query) { q.IdempotencyKey = "pending" })
		held := o.takes(o.another(), true)
		o.live.say = named
		o.finds(about(erasedNumber))
		e := o.begins(erasedNumber)
		s := o.another()
		if err := s.EraseMore(t.Context(), func(Erasing) {}); err != nil {
			t.Error(err)
		}
		if r, err := o.Erasing(t.Context(), "shop", false, e.ID); err != nil || r.Ended() || r.Erased != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		held.release(t.Context())
		o.clock.pass(erasingAgain)
		o.goesOn(s, e, 2)
		o.has(950, 0)
		o.clean()
	})
}

func TestAnAnswerThatIsRememberedWhileTheErasureBeginsIsDropped(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.live.say = named
		o.finds(about(erasedNumber), func(q *Query) { q.IdempotencyKey = "first" })
		o.live.say = func(q Question) Finding {
			o.begins(erasedNumber)
			return named(q)
		}
		result := o.finds(about(erasedNumber), cached)
		if !strings.Contains(string(result.Body), "OWNER OF "+erasedNumber) || o.remembers(erasedNumber) != 0 {
			t.Errorf("%s, %d are remembered", result.Body, o.remembers(erasedNumber))
		}
		if _, err := o.Find(t.Context(), o.query(about(erasedNumber), cached)); models.CodeOf(err) != models.NotFound {
			t.Errorf("%v", err)
		}
	})
}

func TestARequestOfSomebodyBeingErasedIsNotFound(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.live.say = named
		const request = "61b934dfaab326675cdfaab3"
		for i := range 2 {
			o.finds(about(erasedNumber), func(q *Query) { q.IdempotencyKey, q.RequestID = fmt.Sprint(i), request })
		}
		if id, err := o.ByRequest(t.Context(), "shop", request, noon); err != nil || id == "" {
			t.Fatalf("%q, %v", id, err)
		}
		o.begins(erasedNumber)
		if id, err := o.ByRequest(t.Context(), "shop", request, noon); err != nil || id != "" {
			t.Errorf("%q, %v", id, err)
		}
	})
}

func TestALookupIsReadWithAllItsColumns(t *testing.T) {
	t.Parallel()
	s, err := schema.Parse(&models.Lookup{}, &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range s.DBNames {
		if !strings.Contains(" "+strings.Join(strings.Fields(asRead), " ")+",", " "+column+",") {
			t.Errorf("%s is missing", column)
		}
	}
}
