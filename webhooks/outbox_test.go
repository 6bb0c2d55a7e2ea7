package webhooks

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"whoseline/test/wait"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestAnEventLivesAndDiesWithTheTransactionThatMadeIt(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		o.endpoint("shop", "https://example.com")
		e, err := o.Seal(NewEvent{BusinessID: "shop", Type: "done", LookupID: "l", Payload: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		changed := errors.New("changed our mind")
		err = o.primary.Transaction(func(tx *gorm.DB) error {
			if err := Enqueue(tx, e); err != nil {
				t.Error(err)
			}
			return changed
		})
		if !errors.Is(err, changed) || o.count("webhook_events")+o.count("webhook_deliveries") != 0 {
			t.Errorf("%v, and something was written", err)
		}
	})
}

func TestAnEventExistsOncePerTypeAndLookup(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		o.endpoint("shop", "https://example.com/1")
		o.endpoint("shop", "https://example.com/2")
		off, _ := o.endpoint("shop", "https://example.com/3")
		o.endpoint("other", "https://example.com")
		if err := o.Disable(t.Context(), "shop", off.ID); err != nil {
			t.Fatal(err)
		}
		for _, n := range []NewEvent{
			{BusinessID: "shop", Type: "done", LookupID: "l"},
			{BusinessID: "shop", Type: "done", LookupID: "l"},
			{BusinessID: "shop", Type: "undone", LookupID: "l"},
		} {
			n.Payload = []byte("{}")
			e, err := o.Seal(n)
			if err != nil {
				t.Fatal(err)
			}
			if err := Enqueue(o.primary, e); err != nil {
				t.Fatal(err)
			}
		}
		if events, deliveries := o.count("webhook_events"), o.count("webhook_deliveries"); events != 2 || deliveries != 4 {
			t.Errorf("%d events, %d deliveries", events, deliveries)
		}
	})
}

func TestAPayloadIsSealedAndBounded(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		for _, payload := range [][]byte{nil, make([]byte, maxPayload+1)} {
			_, err := o.Seal(NewEvent{BusinessID: "shop", Payload: payload})
			wantCode(t, "a payload out of bounds", err, models.Invalid)
		}
		e := o.event("shop", `{"name":"Adaeze"}`)
		if bytes.Contains(e.Payload, []byte("Adaeze")) {
			t.Error("the row tells the name")
		}
		open, err := o.Event(t.Context(), "shop", e.ID)
		if err != nil || string(open.Payload) != `{"name":"Adaeze"}` {
			t.Errorf("%s, %v", open.Payload, err)
		}
		_, err = o.Event(t.Context(), "thief", e.ID)
		wantCode(t, "another business's", err, models.NotFound)
	})
}

func TestAnErasedEventIsNotSentAnyMore(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.endpoint("shop", at.URL)
		e, kept := o.event("shop", "{}"), o.event("shop", "{}")
		if err := Erase(o.primary, "shop", e.LookupID); err != nil {
			t.Fatal(err)
		}
		o.open()
		o.becomes(kept, models.WebhookDelivered, 1)
		if d := o.becomes(e, models.WebhookDead, 1); d.LastError != "payload_erased" {
			t.Errorf("%+v", d)
		}
		_, err := o.Replay(t.Context(), "shop", e.ID)
		wantCode(t, "replay", err, models.NotFound)
		if open, err := o.Event(t.Context(), "shop", e.ID); err != nil || open.Payload != nil {
			t.Errorf("%+v, %v", open, err)
		}
	})
}

func TestADeliveryThatDoesNotUnsealIsRetriedAndSaysSo(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.endpoint("shop", at.URL)
		e := o.event("shop", "{}")
		if err := o.primary.Model(e).Update("payload", []byte("altered")).Error; err != nil {
			t.Fatal(err)
		}
		o.open()
		if d := o.becomes(e, models.WebhookWaiting, 1); d.LastError != "unsealable" || len(at.requests()) != 0 {
			t.Errorf("%+v", d)
		}
	})
}

// settled is a lookup as the till leaves it.
func settled(business, id string) *models.Lookup {
	return &models.Lookup{
		BusinessID: business, ID: id, Status: models.StatusFound, NumberIndex: []byte("n"), Request: []byte("r"),
		RequestedAt: noon, AnsweredAt: noon, ModifiedAt: noon, ExpiresAt: noon,
	}
}

func TestTheTillsStatementWritesTheEventsOfWhatItSettled(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.Postgres)
	o := newOffice(t, db, &script{at: noon})
	pipeline, err := db.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer pipeline.Close()
	at := answers(t, 200)
	o.endpoint("shop", at.URL)
	o.endpoint("shop", at.URL)
	o.endpoint("bank", at.URL)
	lookups := []*models.Lookup{settled("bank", "1"), settled("shop", "2"), settled("shop", "3"), settled("none", "4")}
	var events []*models.WebhookEvent
	for _, l := range lookups {
		if err := o.primary.Create(l).Error; err != nil {
			t.Fatal(err)
		}
		e, err := o.Seal(NewEvent{BusinessID: l.BusinessID, Type: "done", LookupID: l.ID, Payload: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	lookups[2].ModifiedAt = noon.Add(time.Second) // the row says that somebody else settled it
	for range 2 {                                 // a settlement whose outcome was unknown is done again
		err := pipeline.Run(t.Context(), []string{EnqueueStatement}, [][]any{EnqueueColumns(events, lookups)}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := o.count("webhook_events"); n != 3 {
		t.Errorf("%d events", n)
	}
	o.open()
	o.becomes(events[0], models.WebhookDelivered, 1)
	for i, want := range []int{1, 2, 0, 0} {
		if list := o.deliveries(events[i]); len(list) != want {
			t.Errorf("event %d has %d deliveries", i, len(list))
		}
	}
	wait.Until(t, "it is delivered", func() bool { return o.deliveries(events[1])[1].State == models.WebhookDelivered })
}
