package lookup

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/billing"
	"whoseline/models"
)

func TestAnAnswerIsPaidRecordedAndReadAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		name := "ngozi"
		q := d.query(func(q *Query) { q.Advanced, q.Expected = true, &models.Expected{FirstName: &name} })
		result, err := d.Find(t.Context(), q)
		if err != nil || *result.Receipt != (billing.Receipt{Charged: 50, Balance: 50, Entry: 3}) || result.Replayed {
			t.Fatalf("%+v, %v", result, err)
		}
		row := d.lookups()[0]
		record, err := d.Get(t.Context(), "shop", false, row.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(models.Answer{
			Owners:  []models.Owner{ngozi},
			Origins: []models.Origin{{Source: "directory", Outcome: models.OutcomeFound, At: noon, Owners: 1}},
		}, record.Said); diff != "" {
			t.Errorf("said: -want +got:\n%s", diff)
		}
		want := models.Request{Phone: "+2348031234567", Metadata: q.Metadata, Validations: q.Expected, Requester: q.Requester, Prices: [2]int64{50, 20}}
		if diff := cmp.Diff(want, record.Asked); diff != "" {
			t.Errorf("asked: -want +got:\n%s", diff)
		}
		if string(rendered(record)) != string(result.Body) || !record.Match().All() {
			t.Errorf("read again it is %s, first %s", rendered(record), result.Body)
		}
		if record.Purpose != "onboarding" || record.Notice != `{"version":"2"}` || record.Attempts == "" {
			t.Errorf("%+v", record.Lookup)
		}
	})
}

func TestASourceIsAskedOnlyWithConsentAndARefusalLeavesEvidence(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		_, err := d.Find(t.Context(), d.query(func(q *Query) {
			q.Consent.Refusal, q.IdempotencyKey = "isSubjectConsent must be true", "k"
		}))
		refused(t, err, models.ConsentMissing)
		events := d.events()
		if len(events) != 1 || events[0].Kind != models.ConsentRefused || events[0].KeyID != "key" || events[0].BodyHash == nil ||
			events[0].Reason != "isSubjectConsent must be true" || !events[0].CreatedAt.Equal(noon) {
			t.Errorf("evidence: %+v", events)
		}
		if d.live.asked.Load() != 0 || len(d.lookups()) != 0 || d.keys() != 0 {
			t.Error("more than the refusal happened")
		}
		d.has(100, 0)
	})
}

func TestAWithdrawnConsentStopsLookupsOfThatEnvironmentAndIsEvidenced(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		q := d.query()
		first, err := d.Withdraw(t.Context(), Withdrawal{BusinessID: "shop", KeyID: "key", Phone: q.Phone, Reason: "asked by letter"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.Withdraw(t.Context(), Withdrawal{BusinessID: "shop", KeyID: "other", Phone: q.Phone})
		if err != nil || again.ID != first.ID || again.Reason != "asked by letter" {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = d.Find(t.Context(), q)
		refused(t, err, models.ConsentWithdrawn)
		if d.live.asked.Load() != 0 || len(d.lookups()) != 0 {
			t.Error("a source was asked")
		}
		d.has(100, 0)
		events := d.events()
		if len(events) != 2 || events[1].Kind != models.ConsentRefused {
			t.Errorf("evidence: %+v", events)
		}
		if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.Sandbox = true })); err != nil {
			t.Errorf("the sandbox: %v", err)
		}
		page, more, err := d.ConsentEvents(t.Context(), EventPage{BusinessID: "shop", Limit: 1})
		if err != nil || !more || len(page) != 1 || page[0].ID != events[1].ID {
			t.Errorf("newest first: %+v, %v, %v", page, more, err)
		}
		page, more, err = d.ConsentEvents(t.Context(), EventPage{BusinessID: "shop", Kind: models.ConsentRevoked, Before: events[1].ID, Limit: 5})
		if err != nil || more || len(page) != 1 || page[0].ID != first.ID {
			t.Errorf("withdrawals: %+v, %v, %v", page, more, err)
		}
	})
}

func TestAnEmptyWalletTellsItsBalanceAndAsksNobody(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 49)
		result, err := d.Find(t.Context(), d.query(func(q *Query) { q.IdempotencyKey = "k" }))
		refused(t, err, models.InsufficientFunds)
		if result.Receipt == nil || result.Receipt.Balance != 49 || d.live.asked.Load() != 0 || d.keys() != 0 || len(d.lookups()) != 0 {
			t.Errorf("%+v", result.Receipt)
		}
	})
}

func TestTheSandboxTouchesNeitherMoneyNorALiveSource(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10)
		result, err := d.Find(t.Context(), d.query(func(q *Query) { q.Sandbox = true }))
		if err != nil || *result.Receipt != (billing.Receipt{Balance: 10}) {
			t.Errorf("%+v, %v", result.Receipt, err)
		}
		if d.live.asked.Load() != 0 || d.test.asked.Load() != 1 {
			t.Error("the wrong source was asked")
		}
		d.has(10, 0)
		row := d.lookups()[0]
		if _, err := d.Get(t.Context(), "shop", true, row.ID); err != nil {
			t.Error(err)
		}
		_, err = d.Get(t.Context(), "shop", false, row.ID)
		refused(t, err, models.NotFound)
		_, err = d.Get(t.Context(), "other", true, row.ID)
		refused(t, err, models.NotFound)
	})
}

func TestACallerWhoLeavesStillPaysForTheAnswerAndCanFetchIt(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		ctx, leave := context.WithCancel(t.Context())
		d.live.say = func(q Question) Finding { leave(); return found(ngozi)(q) }
		first, err := d.Find(ctx, d.query(func(q *Query) { q.IdempotencyKey = "k" }))
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.Find(t.Context(), d.query(func(q *Query) { q.IdempotencyKey = "k" }))
		if err != nil || !again.Replayed || string(again.Body) != string(first.Body) {
			t.Errorf("%+v, %v", again, err)
		}
		d.has(50, 0)
	})
}

func TestWhoAnswersAfterTheSweeperIsNotPaidAndItsAnswerIsNotKept(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		d.live.say = func(q Question) Finding {
			d.clock.pass(2 * time.Minute)
			if n, err := d.till.Sweep(context.Background(), d.Abandon); n != 1 || err != nil {
				t.Error(n, err)
			}
			return found(ngozi)(q)
		}
		result, err := d.Find(t.Context(), d.query(func(q *Query) { q.IdempotencyKey = "k" }))
		if err == nil || result.Body != nil {
			t.Errorf("%+v", result)
		}
		d.has(100, 0)
		d.live.say = found(ngozi)
		again, err := d.Find(t.Context(), d.query(func(q *Query) { q.IdempotencyKey = "k" }))
		if err != nil || again.Replayed || again.Receipt.Charged != 50 {
			t.Errorf("the next with that key: %+v, %v", again, err)
		}
		d.has(50, 0)
		d.clean()
	})
}
