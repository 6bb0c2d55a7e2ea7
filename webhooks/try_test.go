package webhooks

import (
	"net/http"
	"strings"
	"testing"

	"whoseline/models"
)

func TestAnEndpointIsTriedAloneAndAsAllEventsAre(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at, other := answers(t, 200), answers(t, 200)
		made, secret := o.endpoint("shop", at.URL)
		o.endpoint("shop", other.URL)
		o.open()
		for range 2 { // each is an event of its own
			id, err := o.Try(t.Context(), "shop", made.ID)
			if err != nil {
				t.Fatal(err)
			}
			o.becomes(&models.WebhookEvent{BusinessID: "shop", ID: id}, models.WebhookDelivered, 1)
		}
		seen := at.requests()
		if len(seen) != 2 || len(other.requests()) != 0 {
			t.Fatalf("%d and %d requests", len(seen), len(other.requests()))
		}
		one := seen[0]
		if !strings.Contains(one.body, `"type":"webhook.test"`) || one.header.Get("Webhook-Signature") == "" ||
			one.header.Get("X-Youverify-Signature") != hexSignature(models.WebhookSHA256, secret, []byte(one.body)) {
			t.Errorf("%+v", one)
		}
		for sandbox, want := range map[bool]int{false: 2, true: 0} {
			listed, _, err := o.Events(t.Context(), Search{BusinessID: "shop", Sandbox: &sandbox})
			if err != nil || len(listed) != want {
				t.Errorf("listed in the environment sandbox=%v: %+v, %v", sandbox, listed, err)
			}
		}
		_, err := o.Try(t.Context(), "rival", made.ID)
		wantCode(t, "another business's", err, models.NotFound)
	})
}

func TestAGoneEndpointIsEnabledAgainAndThenTold(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		gone := true
		at := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			if gone {
				w.WriteHeader(http.StatusGone)
			}
		})
		made, _ := o.endpoint("shop", at.URL)
		o.open()
		o.becomes(o.event("shop", "{}"), models.WebhookDead, 1)
		_, err := o.Try(t.Context(), "shop", made.ID)
		wantCode(t, "disabled", err, models.Conflict)
		gone = false
		if err := o.Enable(t.Context(), "shop", made.ID); err != nil {
			t.Fatal(err)
		}
		o.becomes(o.event("shop", "{}"), models.WebhookDelivered, 1)
	})
}

// An endpoint of the sandbox hears of the sandbox alone, also in a replay. One of the live environment hears of both, as ever.
func TestAnEndpointOfTheSandboxHearsNothingLive(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		_, _, err := o.Create(t.Context(), NewEndpoint{BusinessID: "shop", URL: "http://127.0.0.1:1/test", Sandbox: true})
		if err != nil {
			t.Fatal(err)
		}
		if o.HasEndpoint(t.Context(), "shop", false) || !o.HasEndpoint(t.Context(), "shop", true) {
			t.Error("who wants to be told?")
		}
		live := o.event("shop", "{}")
		if n := len(o.deliveries(live)); n != 0 {
			t.Errorf("a live event has %d deliveries", n)
		}
		if n, err := o.Replay(t.Context(), "shop", live.ID); n != 0 || err != nil {
			t.Errorf("a replay has %d deliveries, %v", n, err)
		}
		e, err := o.Seal(NewEvent{BusinessID: "shop", Type: "t", LookupID: "l", Sandbox: true, Payload: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		if err := Enqueue(o.db.Gorm, e); err != nil {
			t.Fatal(err)
		}
		o.endpoint("shop", "http://127.0.0.1:1/live")
		if n := len(o.deliveries(e)); n != 1 {
			t.Errorf("a sandbox event has %d deliveries", n)
		}
		if n, err := o.Replay(t.Context(), "shop", e.ID); n != 1 || err != nil {
			t.Errorf("a replay to the live endpoint: %d, %v", n, err)
		}
	})
}
