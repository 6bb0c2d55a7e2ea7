package webhooks

import (
	"bytes"
	"net"
	"net/http"
	"testing"
	"time"

	"whoseline/models"
)

func TestAnEventArrivesAsTheBytesThatTheCallerMade(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, http.StatusNoContent)
		o.endpoint("shop", at.URL+"/hook?token=1")
		o.open()
		const body = `{"event":"identity.verification.completed","data":{"name":"<Ada> & Bob"}}`
		e := o.event("shop", body)
		d := o.becomes(e, models.WebhookDelivered, 1)
		if d.LastStatus != 204 || d.LastError != "" || !d.EndedAt.Equal(noon) {
			t.Errorf("%+v", d)
		}
		seen := at.requests()
		if len(seen) != 1 || seen[0].method != "POST" || seen[0].path != "/hook" || seen[0].body != body {
			t.Fatalf("%+v", seen)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "User-Agent": userAgent, "Webhook-Id": e.ID, "Webhook-Timestamp": "1772366400",
		} {
			if is := seen[0].header.Get(name); is != want {
				t.Errorf("%s: %s", name, is)
			}
		}
	})
}

func TestAReceiverMayAskForALongerPause(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		o.endpoint("shop", at.URL)
		o.open()
		if d := o.becomes(o.event("shop", "{}"), models.WebhookWaiting, 1); !d.NextAt.Equal(noon.Add(2 * time.Minute)) {
			t.Errorf("next at %s", d.NextAt)
		}
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		elsewhere := answers(t, 200)
		at := newReceiver(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		})
		o.endpoint("shop", at.URL)
		o.open()
		d := o.becomes(o.event("shop", "{}"), models.WebhookWaiting, 1)
		if d.LastError != "redirect" || d.LastStatus != 307 || len(elsewhere.requests()) != 0 {
			t.Errorf("%+v, and elsewhere saw %d", d, len(elsewhere.requests()))
		}
	})
}

func TestAGoneReceiverIsDisabled(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, http.StatusGone)
		made, _ := o.endpoint("shop", at.URL)
		o.open()
		d := o.becomes(o.event("shop", "{}"), models.WebhookDead, 1)
		e, err := o.Endpoint(t.Context(), "shop", made.ID)
		if err != nil || e.Enabled() || e.DisabledWhy != models.DisabledGone || d.LastError != "gone" {
			t.Errorf("%+v, %v, %+v", e, err, d)
		}
		if later := o.deliveries(o.event("shop", "{}")); len(later) != 0 || o.HasEndpoint(t.Context(), "shop", false) {
			t.Errorf("it is still told: %+v", later)
		}
	})
}

func TestAReceiverThatIsNotThereIsTriedAgain(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		o.endpoint("shop", "http://"+closed.Addr().String()+"/secret-path?token=abc")
		_ = closed.Close()
		o.open()
		d := o.becomes(o.event("shop", "{}"), models.WebhookWaiting, 1)
		if d.LastError != "connect" || d.LastStatus != 0 {
			t.Errorf("%+v", d)
		}
	})
}

func TestAReceiverThatNeverAnswersTimesOut(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at, _ := hanging(t)
		o.endpoint("shop", at.URL)
		o.open()
		if d := o.becomes(o.event("shop", "{}"), models.WebhookWaiting, 1); d.LastError != "timeout" {
			t.Errorf("%+v", d)
		}
	}, func(o *Options) { o.Timeout = 20 * time.Millisecond })
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := newReceiver(t, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<14)); err != nil {
					return
				}
			}
		})
		o.endpoint("shop", at.URL)
		o.open()
		o.becomes(o.event("shop", "{}"), models.WebhookDelivered, 1)
	})
}
