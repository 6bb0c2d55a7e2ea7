package webhooks

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/models"
)

func TestASecretIsShownOnceAndKeptSealed(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		made, secret := o.endpoint("shop", "https://example.com/hook")
		list, err := o.Endpoints(t.Context(), "shop")
		if err != nil || len(list) != 1 || list[0].ID != made.ID || !list[0].Enabled() || list[0].Algorithm != models.WebhookSHA256 {
			t.Fatalf("%+v, %v", list, err)
		}
		if !strings.HasPrefix(secret, "whsec_") || bytes.Contains(list[0].Secret, []byte(secret[6:])) {
			t.Error("the row tells the secret")
		}
		plain, err := o.vault.Open(endpointAAD("shop", made.ID), list[0].Secret)
		if err != nil || string(plain) != secret {
			t.Error("the secret does not open again")
		}
		if _, err := o.vault.Open(endpointAAD("other", made.ID), list[0].Secret); err == nil {
			t.Error("the secret opens for another business")
		}
	})
}

func TestABusinessHasTenEndpointsAtMost(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		for i := range maxEndpoints {
			o.endpoint("shop", fmt.Sprintf("https://example.com/%d", i))
		}
		_, _, err := o.Create(t.Context(), NewEndpoint{BusinessID: "shop", URL: "https://example.com"})
		wantCode(t, "the eleventh", err, models.Conflict)
		o.endpoint("other", "https://example.com")
	})
}

func TestWhatAnEndpointCannotBe(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		_, _, err := o.Create(t.Context(), NewEndpoint{BusinessID: "shop", URL: "https://10.1.2.3/"})
		wantCode(t, "a private address", err, models.Invalid)
		_, _, err = o.Create(t.Context(), NewEndpoint{BusinessID: "shop", URL: "https://example.com", Algorithm: "md5"})
		wantCode(t, "a weak hash", err, models.Invalid)
		made, _ := o.endpoint("shop", "https://example.com")
		for _, overlap := range []time.Duration{-1, maxOverlap + 1} {
			_, err := o.Rotate(t.Context(), "shop", made.ID, overlap)
			wantCode(t, "an overlap of "+overlap.String(), err, models.Invalid)
		}
	})
}

func TestAnotherBusinesssEndpointIsNotFound(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		made, _ := o.endpoint("shop", "https://example.com")
		for what, try := range map[string]func(business, id string) error{
			"read":    func(b, id string) error { _, err := o.Endpoint(t.Context(), b, id); return err },
			"delete":  func(b, id string) error { return o.Delete(t.Context(), b, id) },
			"disable": func(b, id string) error { return o.Disable(t.Context(), b, id) },
			"enable":  func(b, id string) error { return o.Enable(t.Context(), b, id) },
			"rotate":  func(b, id string) error { _, err := o.Rotate(t.Context(), b, id, 0); return err },
		} {
			wantCode(t, what, try("thief", made.ID), models.NotFound)
			wantCode(t, what, try("shop", "none"), models.NotFound)
		}
		if e, err := o.Endpoint(t.Context(), "shop", made.ID); err != nil || !e.Enabled() || !bytes.Equal(e.Secret, made.Secret) {
			t.Errorf("it was changed: %+v, %v", e, err)
		}
	})
}

func TestWhatWaitsForADeletedEndpointIsGivenUp(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		made, _ := o.endpoint("shop", at.URL)
		e := o.event("shop", "{}")
		if err := o.Delete(t.Context(), "shop", made.ID); err != nil {
			t.Fatal(err)
		}
		o.open()
		if d := o.becomes(e, models.WebhookDead, 1); d.LastError != "endpoint_deleted" || len(at.requests()) != 0 {
			t.Errorf("%+v", d)
		}
		if left, err := o.Endpoints(t.Context(), "shop"); err != nil || len(left) != 0 {
			t.Errorf("%+v, %v", left, err)
		}
	})
}

func TestADisabledEndpointIsToldNothingUntilItIsEnabled(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		made, _ := o.endpoint("shop", at.URL)
		before := o.event("shop", "{}")
		for range 2 {
			if err := o.Disable(t.Context(), "shop", made.ID); err != nil {
				t.Fatal(err)
			}
		}
		missed := o.event("shop", "{}")
		o.open()
		if d := o.becomes(before, models.WebhookDead, 1); d.LastError != "endpoint_disabled" {
			t.Errorf("%+v", d)
		}
		if e, err := o.Endpoint(t.Context(), "shop", made.ID); err != nil || e.DisabledWhy != models.DisabledAsked {
			t.Errorf("%+v, %v", e, err)
		}
		if err := o.Enable(t.Context(), "shop", made.ID); err != nil {
			t.Fatal(err)
		}
		if n, err := o.ReplayRange(t.Context(), "shop", noon, noon.Add(time.Second)); n != 2 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		o.becomes(missed, models.WebhookDelivered, 1)
		wait.Until(t, "it is delivered", func() bool { return o.deliveries(before)[1].State == models.WebhookDelivered })
	})
}

func TestWhoHasAnEndpointIsRememberedUntilItChanges(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		there := o.neighbour()
		if err := there.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if there.HasEndpoint(t.Context(), "shop", false) {
			t.Error("there is none")
		}
		made, _ := o.endpoint("shop", "https://example.com")
		if !o.HasEndpoint(t.Context(), "shop", false) || there.HasEndpoint(t.Context(), "shop", false) {
			t.Error("known here at once, there only after a poll")
		}
		for what, change := range map[string]func() error{
			"disable": func() error { return o.Disable(t.Context(), "shop", made.ID) },
			"enable":  func() error { return o.Enable(t.Context(), "shop", made.ID) },
		} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if err := there.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if has := there.HasEndpoint(t.Context(), "shop", false); has != (what == "enable") {
				t.Errorf("after %s: %t", what, has)
			}
		}
	})
}

func TestWhenTheDatabaseCannotSayThereIsAnEndpoint(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		if err := o.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if o.HasEndpoint(t.Context(), "shop", false) {
			t.Fatal("there is none")
		}
		for _, table := range []string{"webhook_endpoints", "webhook_epoch"} {
			if err := o.primary.Exec("DROP TABLE " + table).Error; err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Refresh(t.Context()); err == nil {
			t.Error("a failing poll went unnoticed")
		}
		if o.HasEndpoint(t.Context(), "shop", false) {
			t.Error("while the last poll is recent, memory answers")
		}
		o.script.pass(trustFor)
		if !o.HasEndpoint(t.Context(), "shop", false) {
			t.Error("an event may be lost")
		}
	})
}

func TestTheMemoryOfBusinessesIsBounded(t *testing.T) {
	t.Parallel()
	g := new(generation)
	for i := range maxRemembered + 10 {
		g.put(fmt.Sprint(i), true)
	}
	if len(g.known) != maxRemembered {
		t.Errorf("%d are remembered", len(g.known))
	}
}
