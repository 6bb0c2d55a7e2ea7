package webhooks

import (
	"testing"
	"time"

	"whoseline/models"
)

// leaves lets the erasure of the person of an event be under way. It has ended again, and the key is still there, if ended.
func (o *office) leaves(e *models.WebhookEvent, ended any) {
	o.t.Helper()
	l := settled(e.BusinessID, e.LookupID)
	l.NumberIndex, l.DataKey = []byte("number"), []byte("key")
	if err := o.primary.Create(l).Error; err != nil {
		o.t.Fatal(err)
	}
	now := o.world.Now()
	err := o.primary.Exec(`INSERT INTO erasures (business_id, id, sandbox, number_index, through, lease_until, asked_at, ended_at)
		VALUES (?, ?, false, ?, ?, ?, ?, ?)`, e.BusinessID, o.world.NewID(), l.NumberIndex, e.LookupID, now, now, ended).Error
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestNobodyIsToldOfAPersonWhoIsBeingErased(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.endpoint("shop", at.URL)
		e := o.event("shop", `{"of":"somebody"}`)
		o.leaves(e, nil)
		kept := o.event("shop", `{"of":"others"}`)
		if open, err := o.Event(t.Context(), "shop", e.ID); err != nil || open.Payload != nil || open.Type != e.Type || !open.CreatedAt.Equal(e.CreatedAt) {
			t.Errorf("%+v, %v", open, err)
		}
		if open, err := o.Event(t.Context(), "shop", kept.ID); err != nil || string(open.Payload) != `{"of":"others"}` {
			t.Errorf("%+v, %v", open, err)
		}
		_, err := o.Replay(t.Context(), "shop", e.ID)
		wantCode(t, "replay", err, models.NotFound)
		o.open()
		o.becomes(kept, models.WebhookDelivered, 1)
		if d := o.becomes(e, models.WebhookDead, 1); d.LastError != "payload_erased" {
			t.Errorf("%+v", d)
		}
		n, err := o.ReplayRange(t.Context(), "shop", e.CreatedAt, o.world.Now().Add(time.Hour))
		if err != nil || n != 1 {
			t.Errorf("%d are told again, %v", n, err)
		}
	})
}

func TestAnErasureThatHasEndedHidesNothingThatCameLater(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.endpoint("shop", at.URL)
		e := o.event("shop", `{"of":"somebody"}`)
		o.leaves(e, o.world.Now())
		o.open()
		o.becomes(e, models.WebhookDelivered, 1)
	})
}
