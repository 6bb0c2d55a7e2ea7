package handlers_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"whoseline/models"
)

const oncePattern = `name="once" value="([0-9a-f]{32}\.[0-9a-f]{32})"`

func (o *office) keysOf(t *testing.T, business string) int {
	t.Helper()
	list, _, err := o.app.Keys.List(t.Context(), business, models.Page{Limit: 100})
	must(t, err)
	return len(list)
}

func TestAFormThatIsSentTwiceIsDoneOnceAndItsSecretIsNotLost(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.enter(t, "admin@acme.example")
		before := o.keysOf(t, "acme")
		form := url.Values{"name": {"till"}, "env": {"sandbox"}, "once": {b.get("/console/keys").first(t, oncePattern)}}
		var pressed [5]sheet
		var both sync.WaitGroup
		for i := range pressed {
			both.Go(func() { pressed[i] = b.ask("POST", "/console/keys", strings.NewReader(form.Encode())) })
		}
		both.Wait()
		to := pressed[0].header.Get("Location")
		for _, s := range pressed {
			if s.status != 303 || s.header.Get("Location") != to || !strings.HasPrefix(to, "/console/keys?shown=") {
				t.Fatalf("%d to %q", s.status, s.header.Get("Location"))
			}
			s.hides(t, "wl_test_")
		}
		if n := o.keysOf(t, "acme"); n != before+1 {
			t.Fatalf("%d keys were made", n-before)
		}
		o.enter(t, "owner@acme.example").get(to).hides(t, "wl_test_") // another session
		token := b.get(to).first(t, tokenPattern)
		if o.walletStatus(t, token) != 200 {
			t.Error("the token does not work")
		}
		b.get(to).shows(t, 200, "shown already")
		b.get(to).hides(t, token)
		b.post("/console/keys", form).hides(t, token)
		if n := o.keysOf(t, "acme"); n != before+1 {
			t.Error("a reload made another key")
		}
	})
}

func TestAFormCountsForItsOwnSessionAndAsOftenAsItWasRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.enter(t, "owner@acme.example")
		once := b.get("/console/staff").first(t, oncePattern)
		form := url.Values{"name": {"Ngozi"}, "email": {"nobody"}, "role": {"viewer"}, "once": {once}}
		b.post("/console/staff", form).shows(t, 400)
		form.Set("email", "ngozi@acme.example")
		o.enter(t, "owner@acme.example").post("/console/staff", form).shows(t, 409, "too old")
		b.post("/console/staff", form).shows(t, 200, "The password of Ngozi")
		form.Set("once", "x.y")
		b.post("/console/staff", form).shows(t, 409, "too old")
	})
}

// Whatever answers a post with a secret does so once, and says so in its form.
func TestEachFormThatShowsASecretTakesItsMarkAlong(t *testing.T) {
	o := openOffice(t, "sqlite", acme)
	b := o.enter(t, "owner@acme.example")
	id := o.lookUp(t, "acme-live-token-1", "08000000000")
	for path, action := range map[string]string{
		"/console/keys": `/console/keys`, "/console/webhooks": "/console/webhooks", "/console/staff": "/console/staff",
		"/console/account": "/console/account/second-factor/offer", "/console/lookups/" + id: "/console/lookups/" + id + "/reveal",
	} {
		b.get(path).first(t, `<form[^>]*action="`+action+`"[^>]*>\s*<input type="hidden" `+oncePattern)
	}
	one := b.get("/console/keys")
	one.first(t, `/rotate"><input type="hidden" `+oncePattern)
	b.get("/console/staff").first(t, `/password"><input type="hidden" `+oncePattern)
	revealed := b.ask("POST", "/console/lookups/"+id+"/reveal", strings.NewReader("reason=complaint"))
	if to := revealed.header.Get("Location"); revealed.status != 303 || !strings.HasPrefix(to, "/console/lookups/"+id+"?shown=") {
		t.Errorf("%d to %q", revealed.status, to)
	}
}
