package lookup

import (
	"sync"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func keyed(q *Query) { q.IdempotencyKey = "k" }

func TestARepeatedRequestGetsTheSameBytesAndReceiptForNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		for _, c := range []struct {
			key string
			say func(Question) Finding
		}{
			{"found", found(ngozi)},
			{"not found", func(Question) Finding { return Finding{Outcome: models.OutcomeNotFound, Source: "s"} }},
			{"impossible", func(Question) Finding { return Finding{Outcome: models.OutcomeInvalid, Reason: "no such range"} }},
		} {
			d.live.say = c.say
			q := d.query(func(q *Query) { q.IdempotencyKey = c.key })
			first, err := d.Find(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			d.clock.pass(time.Minute)
			asked := d.live.asked.Load()
			again, err := d.Find(t.Context(), q)
			if err != nil || !again.Replayed || string(again.Body) != string(first.Body) || d.live.asked.Load() != asked {
				t.Errorf("%s: %+v, %v", c.key, again, err)
			} else if *again.Receipt != *first.Receipt {
				t.Errorf("%s: receipt %+v, first %+v", c.key, *again.Receipt, *first.Receipt)
			}
		}
		d.has(930, 0)
		d.clean()
	})
}

func TestAKeyBelongsToOneBodyOneScopeOneEnvironmentAndOneBusiness(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.wallet("other", 1000)
		if _, err := d.Find(t.Context(), d.query(keyed)); err != nil {
			t.Fatal(err)
		}
		_, err := d.Find(t.Context(), d.query(keyed, func(q *Query) { q.Body = []byte("another") }))
		refused(t, err, models.IdempotencyMismatch)
		for name, change := range map[string]func(q *Query){
			"another scope":       func(q *Query) { q.Scope = "advanced" },
			"another environment": func(q *Query) { q.Sandbox = true },
			"another business":    func(q *Query) { q.BusinessID = "other" },
			"another key":         func(q *Query) { q.IdempotencyKey = "K" },
			"no key":              func(q *Query) { q.IdempotencyKey = "" },
		} {
			if r, err := d.Find(t.Context(), d.query(keyed, change)); err != nil || r.Replayed {
				t.Errorf("%s: replayed %v, %v", name, r.Replayed, err)
			}
		}
	})
}

func TestAKeyIsForgottenAfterItsLife(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		for range 2 {
			if r, err := d.Find(t.Context(), d.query(keyed)); err != nil || r.Replayed {
				t.Errorf("%+v, %v", r, err)
			}
			d.clock.pass(time.Hour)
		}
		d.has(0, 0)
	})
}

func TestWithinTheNaturalWindowEqualBodiesAreOneRequest(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		windowed := func(q *Query) { q.Window = 30 * time.Second }
		first, err := d.Find(t.Context(), d.query(windowed))
		if err != nil {
			t.Fatal(err)
		}
		d.clock.pass(29 * time.Second)
		again, err := d.Find(t.Context(), d.query(windowed))
		if err != nil || !again.Replayed || string(again.Body) != string(first.Body) {
			t.Errorf("%+v, %v", again, err)
		}
		for name, change := range map[string]func(q *Query){
			"another body": func(q *Query) { q.Body = []byte("another") },
			"a key":        keyed,
			"no window":    func(q *Query) { q.Window = 0 },
		} {
			if r, err := d.Find(t.Context(), d.query(windowed, change)); err != nil || r.Replayed {
				t.Errorf("%s: %+v, %v", name, r, err)
			}
		}
		d.clock.pass(time.Second)
		if r, err := d.Find(t.Context(), d.query(windowed)); err != nil || r.Replayed {
			t.Errorf("after the window: %+v, %v", r, err)
		}
	})
}

func TestTheKeyOfADeadLookupIsFreeAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 50)
		record, _, err := d.open(d.query(keyed)) // a gateway that dies after its hold
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.till.Hold(holding(record, d.reservation(d.query(keyed)))); err != nil {
			t.Fatal(err)
		}
		_, err = d.Find(t.Context(), d.query(keyed))
		refused(t, err, models.InProgress)
		d.clock.pass(time.Minute + time.Second)
		_, err = d.Find(t.Context(), d.query(keyed))
		refused(t, err, models.InProgress) // until the sweeper has been there
		if _, err := d.till.Sweep(t.Context(), d.Abandon); err != nil {
			t.Fatal(err)
		}
		if r, err := d.Find(t.Context(), d.query(keyed)); err != nil || r.Replayed || d.live.asked.Load() != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		d.has(0, 0)
		d.clean()
	})
}

func TestAFailedLookupMayBeRepeatedUnderItsKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 50)
		d.live.say = func(Question) Finding { return Finding{Outcome: models.OutcomeTimeout} }
		_, err := d.Find(t.Context(), d.query(keyed))
		refused(t, err, models.SourcesUnavailable)
		d.has(50, 0)
		d.live.say = found(ngozi)
		if r, err := d.Find(t.Context(), d.query(keyed)); err != nil || r.Replayed {
			t.Errorf("%+v, %v", r, err)
		}
		d.has(0, 0)
	})
}

func TestOneOfManyEqualRequestsAsksAndPaysOverTwoGateways(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.Postgres)
	desks := []*desk{newDesk(t, db), newDesk(t, db)}
	desks[0].wallet("shop", 1000)
	asked, answer := make(chan struct{}, 50), make(chan struct{})
	for _, d := range desks {
		d.live.say = func(q Question) Finding {
			asked <- struct{}{}
			<-answer
			return found(ngozi)(q)
		}
	}
	type told struct {
		result Result
		err    error
	}
	results := make(chan told, 50)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			r, err := desks[i%2].Find(t.Context(), desks[i%2].query(keyed))
			results <- told{r, err}
		})
	}
	<-asked
	for range 49 { // while the first one waits for its source
		refused(t, (<-results).err, models.InProgress)
	}
	close(answer)
	all.Wait()
	first := <-results
	if first.err != nil || first.result.Replayed {
		t.Fatalf("%+v", first)
	}
	for i := range 50 {
		all.Go(func() {
			r, err := desks[i%2].Find(t.Context(), desks[i%2].query(keyed))
			if err != nil || string(r.Body) != string(first.result.Body) || *r.Receipt != *first.result.Receipt {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	all.Wait()
	if n := desks[0].live.asked.Load() + desks[1].live.asked.Load(); n != 1 {
		t.Errorf("the source was asked %d times", n)
	}
	desks[0].has(950, 0)
	desks[0].clean()
}

func TestAnErasedAnswerIsNotRepeatedAndNotPaidForAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		d.finds(keyed)
		if err := d.db.Gorm.Exec("UPDATE lookups SET data_key = NULL").Error; err != nil {
			t.Fatal(err)
		}
		_, err := d.Find(t.Context(), d.query(keyed))
		refused(t, err, models.NotFound)
		d.has(50, 0)
	})
}
