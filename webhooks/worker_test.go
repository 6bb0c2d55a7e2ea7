package webhooks

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/models"
)

func TestAFailureIsRepeatedUnderTheSameIdAfterAPause(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		tries := atomic.Int64{}
		at := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			if tries.Add(1) == 1 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		o.endpoint("shop", at.URL)
		o.open()
		e := o.event("shop", "{}")
		d := o.becomes(e, models.WebhookWaiting, 1)
		if d.LastStatus != 500 || d.LastError != "http_5xx" || !d.NextAt.Equal(noon.Add(10*time.Second)) {
			t.Errorf("%+v", d)
		}
		o.script.pass(10 * time.Second)
		o.Nudge()
		o.becomes(e, models.WebhookDelivered, 2)
		seen := at.requests()
		if len(seen) != 2 || seen[1].header.Get("Webhook-Id") != e.ID || seen[1].header.Get("Webhook-Timestamp") != "1772366410" {
			t.Errorf("%+v", seen)
		}
	})
}

func TestAfterTenTriesADeliveryIsDeadAndCanBeReplayed(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		status := atomic.Int64{}
		status.Store(503)
		at := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) })
		o.endpoint("shop", at.URL)
		o.open()
		e := o.event("shop", "{}")
		for try := 1; try < maxAttempts; try++ {
			d := o.becomes(e, models.WebhookWaiting, try)
			o.script.pass(d.NextAt.Sub(o.script.now()))
			o.Nudge()
		}
		d := o.becomes(e, models.WebhookDead, maxAttempts)
		if days := d.EndedAt.Sub(noon).Hours() / 24; days < 2.9 || days > 3.2 {
			t.Errorf("given up after %.2f days", days)
		}
		wait.Until(t, "it is given up", func() bool { return strings.Contains(o.said.String(), "delivery given up") })
		status.Store(200)
		if n, err := o.Replay(t.Context(), "shop", e.ID); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		wait.Until(t, "it is delivered again", func() bool {
			list := o.deliveries(e)
			return len(list) == 2 && list[1].State == models.WebhookDelivered
		})
	})
}

func TestHangingReceiversHoldOnlyTheirOwnSlots(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		slow, release := hanging(t)
		good := answers(t, 200)
		for range 3 { // together they would fill every slot
			o.endpoint("slow", slow.URL)
		}
		o.endpoint("good", good.URL)
		o.open()
		for range 10 {
			o.event("slow", "{}")
		}
		wait.Until(t, "three slots hang", func() bool { return slow.under.Load() == 3 })
		for range 20 {
			o.becomes(o.event("good", "{}"), models.WebhookDelivered, 1)
		}
		if n := slow.under.Load(); n != 3 {
			t.Errorf("a hanging business holds %d slots", n)
		}
		release()
		wait.Until(t, "everything is delivered", func() bool {
			var waiting int64
			err := o.replica.Model(&models.WebhookDelivery{}).Where("state <> 'delivered'").Count(&waiting).Error
			return err == nil && waiting == 0
		})
	}, func(o *Options) { o.Slots, o.PerEndpoint = 8, 3 })
}

func TestOneEndpointsBacklogDoesNotHoldUpItsNeighbour(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		slow, release := hanging(t)
		good := answers(t, 200)
		one, _ := o.endpoint("shop", slow.URL)
		two, _ := o.endpoint("shop", good.URL)
		o.open()
		for range 20 {
			e := o.event("shop", "{}")
			wait.Until(t, "the other endpoint is told", func() bool {
				for _, d := range o.deliveries(e) {
					if d.EndpointID == two.ID && d.State == models.WebhookDelivered {
						return true
					}
				}
				return false
			})
		}
		if n := slow.under.Load(); n > 2 {
			t.Errorf("%s holds %d slots", one.ID, n)
		}
		release()
	}, func(o *Options) { o.Slots, o.PerEndpoint = 12, 2 })
}

func TestTwoGatewaysDeliverEachEventOnce(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		var twice atomic.Int64
		at := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
		o.endpoint("shop", at.URL)
		other := o.neighbour()
		o.open()
		other.open()
		const events = 60
		for i := range events {
			o.event("shop", fmt.Sprintf(`{"n":%d}`, i))
			other.Nudge()
		}
		wait.Until(t, "all events are delivered", func() bool {
			var done int64
			err := o.replica.Model(&models.WebhookDelivery{}).Where("state = 'delivered' AND attempts = 1").Count(&done).Error
			return err == nil && done == events
		})
		ids := map[string]int{}
		for _, r := range at.requests() {
			if ids[r.header.Get("Webhook-Id")]++; ids[r.header.Get("Webhook-Id")] > 1 {
				twice.Add(1)
			}
		}
		if len(ids) != events || twice.Load() != 0 {
			t.Errorf("%d of %d events arrived, %d twice", len(ids), events, twice.Load())
		}
	})
}

func TestOneTurnCoversMoreLanesThanOneLook(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		var rows []models.WebhookDelivery
		for i := range 2*headsAtOnce + 1 {
			rows = append(rows, models.WebhookDelivery{
				BusinessID: fmt.Sprint(i), EventID: "v", EndpointID: "gone", State: models.WebhookWaiting, NextAt: noon, CreatedAt: noon,
			})
		}
		if err := o.primary.CreateInBatches(rows, 600).Error; err != nil {
			t.Fatal(err)
		}
		d := newDispatcher(o.Service)
		d.turn(t.Context())
		if d.slots.busy != len(rows) || d.cursor != (lane{}) {
			t.Errorf("%d of %d, cursor %v", d.slots.busy, len(rows), d.cursor)
		}
		d.finish()
		d.slots.all = 300 // too few for all of them
		if err := o.primary.Exec("UPDATE webhook_deliveries SET state = 'waiting', next_at = ?, ended_at = NULL", noon).Error; err != nil {
			t.Fatal(err)
		}
		d.turn(t.Context())
		if before := d.cursor; d.slots.busy != 300 || before == (lane{}) {
			t.Errorf("%d, cursor %v", d.slots.busy, before)
		}
		d.finish()
		d.turn(t.Context())
		if d.slots.busy != len(rows)-300 {
			t.Errorf("the second turn covers %d", d.slots.busy)
		}
		d.finish()
	}, func(o *Options) { o.Slots = 4 * headsAtOnce })
}
