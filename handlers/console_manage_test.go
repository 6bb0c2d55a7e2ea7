package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/webhooks"
)

// wallet asks the API for the wallet with a key and gives the status.
func (o *office) walletStatus(t *testing.T, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+o.addr+"/v1/wallet", nil)
	must(t, err)
	r.Header.Set("token", token)
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	must(t, response.Body.Close())
	return response.StatusCode
}

const tokenPattern = `<code class="secret" id="secret-0">(wl_[A-Za-z0-9_]+)</code>`

func TestKeysAreMadeRotatedAndRevoked(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.enter(t, "admin@acme.example")
		made := b.post("/console/keys", url.Values{"name": {"till"}, "env": {"live"}})
		made.shows(t, 200, "The token of till", "shown once")
		token := made.first(t, tokenPattern)
		if !strings.HasPrefix(token, "wl_live_") || o.walletStatus(t, token) != 200 {
			t.Errorf("the key does not work")
		}
		list := b.get("/console/keys")
		list.shows(t, 200, "till", "Works", token[len(token)-4:])
		list.hides(t, token)
		id := list.first(t, `/console/keys/([0-9a-f]{24})/rotate`)

		rotated := b.post("/console/keys/"+id+"/rotate", url.Values{"overlap": {"0"}})
		fresh := rotated.first(t, tokenPattern)
		if o.walletStatus(t, token) != 401 || o.walletStatus(t, fresh) != 200 {
			t.Errorf("after the rotation")
		}
		b.post("/console/keys/"+id+"/rotate", url.Values{"overlap": {"1"}}).shows(t, 409)
		next := b.get("/console/keys").first(t, `/console/keys/([0-9a-f]{24})/rotate`)
		b.post("/console/keys/"+next+"/rotate", url.Values{"overlap": {"-1"}}).shows(t, 400, "number of hours")
		b.post("/console/keys/"+next+"/rotate", url.Values{"overlap": {"9000"}}).shows(t, 400, "Overlap must be 0 to 90 days.")
		if s := b.post("/console/keys/"+next+"/revoke", nil); s.header.Get("Location") != "/console/keys" || o.walletStatus(t, fresh) != 401 {
			t.Errorf("after the revocation: %d %v", s.status, s.header)
		}
		b.get("/console/keys").shows(t, 200, "The key is revoked.", "Revoked")
		b.post("/console/keys", url.Values{"name": {""}}).shows(t, 400, "A key needs a name.")
		b.post("/console/keys", url.Values{"name": {"careless"}, "env": {"LIVE"}}).shows(t, 200, "wl_test_")
		o.enter(t, "owner@acme.example").get("/console/audit").shows(t, 200, "made a key", "rotated a key", "revoked a key", "The admin")
	})
}

func TestWebhooksAreAddedReplayedAndRemoved(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		b := o.enter(t, "admin@acme.example")
		b.post("/console/webhooks", url.Values{"url": {"http://10.0.0.1/x"}}).shows(t, 400, "http://10.0.0.1/x")
		made := b.post("/console/webhooks", url.Values{"url": {"https://hooks.example/x"}, "algorithm": {"sha512"}})
		made.shows(t, 200, "https://hooks.example/x", "sha512", "Nothing was sent yet")
		secret := made.first(t, `<code class="secret" id="secret-0">(whsec_[^<]+)</code>`)
		b.get("/console/webhooks").hides(t, secret)

		o.app.Lookups.AskLive(unreachable{})
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		o.app.Lookups.AskLive(o.app.Live)
		o.world.move(3600e9)
		_, err := o.app.Lookups.RetryDue(t.Context())
		must(t, err)
		b = o.enter(t, "admin@acme.example")
		page := b.get("/console/webhooks")
		page.shows(t, 200, "identity.verification.completed", `<a href="/console/lookups/`+id+`">`, "Waiting")
		event := page.first(t, `/console/webhooks/events/([0-9a-f]{24})/replay`)
		if s := b.post("/console/webhooks/events/"+event+"/replay", nil); s.header.Get("Location") != "/console/webhooks" {
			t.Errorf("%d %v", s.status, s.header)
		}
		endpoint := page.first(t, `/console/webhooks/([0-9a-f]{24})/remove`)
		b.post("/console/webhooks/"+endpoint+"/remove", nil)
		b.get("/console/webhooks").shows(t, 200, "The endpoint is removed.")
		o.enter(t, "owner@acme.example").get("/console/audit").shows(t, 200, "added an endpoint", "sent an event again", "removed an endpoint", endpoint)
	})
}

func TestStaffComesAndGoes(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		owner := o.enter(t, "owner@acme.example")
		added := owner.post("/console/staff", url.Values{"name": {"Ngozi"}, "email": {"ngozi@acme.example"}, "role": {"viewer"}})
		added.shows(t, 200, "The password of Ngozi")
		once := added.first(t, `<code class="secret" id="secret-0">([a-z0-9-]+)</code>`)
		owner.get("/console/staff").hides(t, once)
		ngozi := o.browser(t)
		ngozi.signIn("ngozi@acme.example", once, "")
		ngozi.get("/console/keys").shows(t, 403)

		id := owner.get("/console/staff").first(t, `(?s)Ngozi.*?/console/staff/([0-9a-f]{24})/role`)
		owner.post("/console/staff/"+id+"/role", url.Values{"role": {"admin"}})
		ngozi.signIn("ngozi@acme.example", once, "")
		ngozi.get("/console/keys").shows(t, 200)
		owner.post("/console/staff/"+id+"/disable", nil)
		if s := ngozi.get("/console"); s.status != 303 {
			t.Errorf("who is shut out still reads: %d", s.status)
		}
		ngozi.post("/console/sign-in", url.Values{"email": {"ngozi@acme.example"}, "password": {once}}).shows(t, 401)
		owner.post("/console/staff/"+id+"/enable", nil)
		fresh := owner.post("/console/staff/"+id+"/password", nil).first(t, `<code class="secret" id="secret-0">([a-z0-9-]+)</code>`)
		o.world.move(3600e9)
		ngozi.signIn("ngozi@acme.example", fresh, "")

		owner = o.enter(t, "owner@acme.example")
		owner.post("/console/staff", url.Values{"name": {"Twin"}, "email": {"NGOZI@acme.example"}, "role": {"viewer"}}).shows(t, 409, "Twin")
		owner.post("/console/staff", url.Values{"name": {"Nobody"}, "email": {"nobody"}, "role": {"viewer"}}).shows(t, 400)
		owner.post("/console/staff", url.Values{"name": {"King"}, "email": {"king@acme.example"}, "role": {"king"}}).shows(t, 400)
		own := o.users["owner@acme.example"].ID
		owner.post("/console/staff/"+own+"/disable", nil).shows(t, 409)
		owner.post("/console/staff/"+own+"/role", url.Values{"role": {"viewer"}}).shows(t, 409)
		owner.post("/console/staff/"+own+"/password", nil).shows(t, 409, "use the account page") // which asks for the old one
		owner.post("/console/staff/"+own+"/second-factor", nil).shows(t, 409, "use the account page")
		owner.get("/console/staff").hides(t, own+"/password")
		owner.get("/console/audit").shows(t, 200, "added a colleague", "signed in", "Ngozi")
	})
}

// Whatever a console route takes an id of, another business's id is nothing there, and nothing happens to what it names.
func TestTheIdsOfAnotherBusinessAreNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme+"webhook https://hooks.example/x business=acme\n")
		o.app.Lookups.AskLive(unreachable{})
		ids := map[string]string{"lookup": o.lookUp(t, "acme-live-token-1", "08000000000"), "user": o.users["admin@acme.example"].ID}
		o.app.Lookups.AskLive(o.app.Live)
		o.world.move(3600e9)
		_, err := o.app.Lookups.RetryDue(t.Context())
		must(t, err)
		admin := o.enter(t, "admin@acme.example")
		ids["event"] = admin.get("/console/webhooks").first(t, `events/([0-9a-f]{24})/replay`)
		ids["endpoint"] = admin.get("/console/webhooks").first(t, `webhooks/([0-9a-f]{24})/remove`)
		ids["key"] = admin.get("/console/keys").first(t, `keys/([0-9a-f]{24})/revoke`)

		globex, tried := o.enter(t, "owner@globex.example"), 0
		form := url.Values{"overlap": {"1"}, "role": {"viewer"}}
		for _, route := range o.app.HTTP.GetRoutes(true) {
			if !strings.HasPrefix(route.Path, "/console/") || !strings.Contains(route.Path, ":id") || route.Method == "HEAD" {
				continue
			}
			for of, id := range ids {
				path := strings.Replace(route.Path, ":id", id, 1)
				var s sheet
				if route.Method == "GET" {
					s = globex.get(path)
				} else {
					s = globex.post(path, form)
				}
				if tried++; s.status != 404 {
					t.Errorf("%s %s with the id of the %s: %d", route.Method, route.Path, of, s.status)
				}
				s.hides(t, "hooks.example", "The admin")
			}
		}
		if tried < 11*len(ids) {
			t.Errorf("only %d tries", tried)
		}
		admin.get("/console").shows(t, 200)
		list, _, err := o.app.Webhooks.Deliveries(t.Context(), webhooks.Search{BusinessID: "acme"})
		must(t, err)
		if o.walletStatus(t, "acme-live-token-1") != 200 || len(list) != 1 || list[0].Round != 0 || list[0].State != models.WebhookWaiting {
			t.Errorf("something happened: %+v", list)
		}
	})
}
