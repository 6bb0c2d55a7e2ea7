package webhooks

import (
	"context"
	"strings"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/models"
)

func TestWhatAKilledGatewayHadClaimedIsDeliveredWhenItsLeaseEnds(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		made, _ := o.endpoint("shop", at.URL)
		e := o.event("shop", "{}")
		held, err := o.queue.lease(t.Context(), []take{{lane{"shop", made.ID}, 5}}, lease{"killed", noon, noon.Add(o.leaseFor)})
		if err != nil || len(held) != 1 || held[0].Attempts != 1 {
			t.Fatalf("%+v, %v", held, err)
		}
		survivor := o.neighbour()
		stop := survivor.open()
		o.script.pass(o.leaseFor - time.Microsecond)
		o.becomesLooked(survivor)
		if len(at.requests()) != 0 {
			t.Error("delivered while the lease lasts")
		}
		o.script.pass(time.Microsecond)
		survivor.Nudge()
		o.becomes(e, models.WebhookDelivered, 2)
		stop()
		late := result{job: held[0], reply: reply{class: classTimeout}, next: next{state: models.WebhookDead}, at: o.script.now()}
		if err := o.queue.settle(t.Context(), []result{late}); err != nil {
			t.Fatal(err)
		}
		if d := o.becomes(e, models.WebhookDelivered, 2); d.LastError != "" {
			t.Errorf("the lost claim wrote: %+v", d)
		}
	})
}

// becomesLooked waits until a gateway has looked at the queue since: a marker event of another business got through.
func (o *office) becomesLooked(at *office) {
	o.t.Helper()
	mark := answers(o.t, 200)
	o.endpoint("zz-marker", mark.URL)
	e := o.event("zz-marker", "{}")
	at.Nudge()
	o.becomes(e, models.WebhookDelivered, 1)
}

func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at, release := hanging(t)
		o.endpoint("shop", at.URL)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan struct{})
		go func() { defer close(stopped); o.Run(ctx) }()
		e := o.event("shop", "{}")
		wait.Until(t, "the receiver is asked", func() bool { return at.under.Load() == 1 })
		cancel()
		release()
		<-stopped
		if d := o.deliveries(e)[0]; d.State != models.WebhookDelivered || o.inFlight.Load() != 0 {
			t.Errorf("%+v, %d in flight", d, o.inFlight.Load())
		}
	})
}

func TestAFailingQueueIsReportedOnceAndWorkedOnAgain(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.endpoint("shop", at.URL)
		rename := func(from, to string) {
			if err := o.primary.Exec("ALTER TABLE " + from + " RENAME TO " + to).Error; err != nil {
				t.Fatal(err)
			}
		}
		e := o.event("shop", "{}")
		rename("webhook_deliveries", "away")
		d := newDispatcher(o.Service)
		d.turn(t.Context())
		d.turn(t.Context())
		rename("away", "webhook_deliveries")
		d.turn(t.Context())
		d.finish()
		o.becomes(e, models.WebhookDelivered, 1)
		if text := o.said.String(); strings.Count(text, "cannot be worked on") != 1 || strings.Count(text, "worked on again") != 1 {
			t.Error(text)
		}
	})
}

func TestOutcomesThatCannotBeWrittenAreKeptUntilTheyCan(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		o.endpoint("shop", at.URL)
		e := o.event("shop", "{}")
		d := newDispatcher(o.Service)
		d.turn(t.Context())
		d.gather(<-d.results)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.settle(gone); err == nil || d.slots.busy != 1 || len(d.ended) != 1 {
			t.Errorf("%v, %d busy, %d kept", err, d.slots.busy, len(d.ended))
		}
		d.turn(t.Context())
		if d.slots.busy != 0 || len(at.requests()) != 1 {
			t.Errorf("%d busy, %d requests", d.slots.busy, len(at.requests()))
		}
		o.becomes(e, models.WebhookDelivered, 1)
	})
}
