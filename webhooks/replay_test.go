package webhooks

import (
	"testing"
	"time"

	"whoseline/test/wait"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestAReplayIsANewDeliveryOfTheSameEvent(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.endpoint("shop", at.URL)
		o.open()
		e := o.event("shop", `{"n":1}`)
		o.becomes(e, models.WebhookDelivered, 1)
		if n, err := o.Replay(t.Context(), "shop", e.ID); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		wait.Until(t, "it is delivered again", func() bool {
			list := o.deliveries(e)
			return len(list) == 2 && list[1].State == models.WebhookDelivered
		})
		seen := at.requests()
		if len(seen) != 2 || seen[0].header.Get("Webhook-Id") != seen[1].header.Get("Webhook-Id") || seen[0].body != seen[1].body {
			t.Errorf("%+v", seen)
		}
		if list := o.deliveries(e); list[1].Round != 1 || list[1].Attempts != 1 {
			t.Errorf("%+v", list)
		}
		_, err := o.Replay(t.Context(), "thief", e.ID)
		wantCode(t, "another business's event", err, models.NotFound)
	})
}

func TestAReplayHastensWhatWaitsStill(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 500)
		o.endpoint("shop", at.URL)
		o.open()
		e := o.event("shop", "{}")
		o.becomes(e, models.WebhookWaiting, 1)
		if n, err := o.Replay(t.Context(), "shop", e.ID); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		o.becomes(e, models.WebhookWaiting, 2)
	})
}

func TestARangeIsReplayedFromItsStartToBeforeItsEnd(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.open()
		var events []*models.WebhookEvent
		for range 4 {
			events = append(events, o.event("shop", "{}")) // nobody is told
			o.event("other", "{}")
			o.script.pass(time.Minute)
		}
		o.endpoint("shop", at.URL)
		o.endpoint("other", at.URL)
		n, err := o.ReplayRange(t.Context(), "shop", noon.Add(time.Minute), noon.Add(3*time.Minute))
		if n != 2 || err != nil {
			t.Fatal(n, err)
		}
		o.becomes(events[1], models.WebhookDelivered, 1)
		o.becomes(events[2], models.WebhookDelivered, 1)
		if len(o.deliveries(events[0]))+len(o.deliveries(events[3])) != 0 || len(at.requests()) != 2 {
			t.Errorf("others were told too")
		}
		_, err = o.ReplayRange(t.Context(), "shop", noon, noon)
		wantCode(t, "an empty range", err, models.Invalid)
	})
}

func TestARangeThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storagetest.Open(t, storage.SQLite), &script{at: noon})
	err := o.primary.Exec(`WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n <= ?)
		INSERT INTO webhook_events (business_id, id, type, lookup_id, payload, created_at)
		SELECT 'shop', ? || printf('%016d', n), 't', n, x'00', ? FROM n`, maxReplay, models.IDAt(noon)[:8], noon).Error
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.ReplayRange(t.Context(), "shop", noon, noon.Add(time.Second))
	wantCode(t, "too many", err, models.Invalid)
	o.endpoint("shop", "https://example.com")
	const left = 2*replayBatch + 1
	if err := o.primary.Exec("DELETE FROM webhook_events WHERE CAST(lookup_id AS integer) > ?", left).Error; err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{left, 0} { // what waits is not replayed on top
		if n, err := o.ReplayRange(t.Context(), "shop", noon, noon.Add(time.Second)); n != want || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
}

// walk reads page after page.
func walk(t *testing.T, page func(cursor string) (ids []string, next string, err error)) (all []string) {
	t.Helper()
	for cursor := ""; ; {
		ids, next, err := page(cursor)
		if err != nil {
			t.Fatal(err)
		}
		if all, cursor = append(all, ids...), next; next == "" {
			return all
		}
	}
}

func TestPagesShowEverythingOnceNewestFirst(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		one, _ := o.endpoint("shop", "https://example.com/1")
		two, _ := o.endpoint("shop", "https://example.com/2")
		var want, wantEach []string
		for range 7 {
			e := o.event("shop", "{}")
			o.event("other", "{}")
			want = append([]string{e.ID}, want...)
			wantEach = append([]string{e.ID + two.ID, e.ID + one.ID}, wantEach...)
		}
		events := walk(t, func(cursor string) (ids []string, next string, err error) {
			list, next, err := o.Events(t.Context(), Search{BusinessID: "shop", Limit: 3, Cursor: cursor})
			for _, e := range list {
				ids = append(ids, e.ID)
			}
			return ids, next, err
		})
		each := walk(t, func(cursor string) (ids []string, next string, err error) {
			list, next, err := o.Deliveries(t.Context(), Search{BusinessID: "shop", Limit: 3, Cursor: cursor})
			for _, d := range list {
				ids = append(ids, d.EventID+d.EndpointID)
			}
			return ids, next, err
		})
		if diff := cmp.Diff([][]string{want, wantEach}, [][]string{events, each}); diff != "" {
			t.Error(diff)
		}
	})
}

func TestASearchForDeliveriesMayBeNarrowed(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		one, _ := o.endpoint("shop", "https://example.com/1")
		o.endpoint("shop", "https://example.com/2")
		o.event("shop", "{}")
		e := o.event("shop", "{}")
		narrow := Search{BusinessID: "shop", EventID: e.ID, EndpointID: one.ID, State: models.WebhookWaiting}
		if list, next, err := o.Deliveries(t.Context(), narrow); len(list) != 1 || next != "" || err != nil {
			t.Errorf("%+v, %q, %v", list, next, err)
		}
		for _, cursor := range []string{"x", "a.b.c", e.ID + "." + one.ID + ".-1", e.ID + "." + one.ID + ".1.2"} {
			_, _, err := o.Deliveries(t.Context(), Search{BusinessID: "shop", Cursor: cursor})
			wantCode(t, cursor, err, models.Invalid)
		}
	})
}

func TestOldEventsGoWhenNothingOfThemWaits(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		failing := answers(t, 500)
		o.endpoint("shop", at.URL)
		o.endpoint("slow", failing.URL)
		rotated, _ := o.endpoint("rotated", at.URL)
		if _, err := o.Rotate(t.Context(), "rotated", rotated.ID, time.Hour); err != nil {
			t.Fatal(err)
		}
		stop := o.open()
		old, waits := o.event("shop", "{}"), o.event("slow", "{}")
		o.becomes(old, models.WebhookDelivered, 1)
		o.becomes(waits, models.WebhookWaiting, 1)
		stop()
		err := o.primary.Transaction(func(tx *gorm.DB) error {
			for range forgetBatch {
				id := o.world.NewID()
				e := models.WebhookEvent{BusinessID: "nobody", ID: id, Type: "t", LookupID: id, CreatedAt: noon}
				if err := tx.Create(&e).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		o.script.pass(o.keep)
		if n, err := o.Forget(t.Context()); n != 0 || err != nil {
			t.Fatalf("at the very age: %d, %v", n, err)
		}
		fresh := o.event("shop", "{}")
		o.script.pass(time.Microsecond)
		if n, err := o.Forget(t.Context()); n != forgetBatch+1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if len(o.deliveries(old)) != 0 || len(o.deliveries(waits)) != 1 || len(o.deliveries(fresh)) != 1 || o.count("webhook_events") != 2 {
			t.Error("the wrong ones went")
		}
		if e, err := o.Endpoint(t.Context(), "rotated", rotated.ID); err != nil || e.Previous != nil {
			t.Errorf("the old secret is still there: %v", err)
		}
	})
}
