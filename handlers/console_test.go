package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"whoseline/staff"
)

// everyPage are the pages that have no id in their path, and who may see them.
var everyPage = map[string][]staff.Role{
	"/console":           {staff.Owner, staff.Admin, staff.Viewer, staff.Auditor},
	"/console/lookups":   {staff.Owner, staff.Admin, staff.Viewer, staff.Auditor},
	"/console/conflicts": {staff.Owner, staff.Admin, staff.Viewer, staff.Auditor},
	"/console/wallet":    {staff.Owner, staff.Admin, staff.Viewer, staff.Auditor},
	"/console/account":   {staff.Owner, staff.Admin, staff.Viewer, staff.Auditor},
	"/console/keys":      {staff.Owner, staff.Admin},
	"/console/webhooks":  {staff.Owner, staff.Admin},
	"/console/staff":     {staff.Owner},
	"/console/audit":     {staff.Owner, staff.Auditor},
}

func TestNobodySeesTheConsoleWithoutSigningIn(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.browser(t)
		for page := range everyPage {
			s := b.get(page)
			if s.status != http.StatusSeeOther || !strings.HasPrefix(s.header.Get("Location"), "/console/sign-in") {
				t.Errorf("%s: %d %v", page, s.status, s.header)
			}
		}
		if to := b.get("/console/lookups").header.Get("Location"); to != "/console/sign-in?next=%2Fconsole%2Flookups" {
			t.Errorf("leads to %q", to)
		}
		b.get("/console/sign-in?next=//evil.example").shows(t, 200, `name="next" value="/console"`)
		b.post("/console/sign-in", url.Values{"email": {"owner@acme.example"}, "password": {"wrong password"}}).
			shows(t, 401, "E-mail, password or code is wrong.", "owner@acme.example")
		b.post("/console/sign-in", url.Values{}).shows(t, 401, "E-mail, password or code is wrong.")
		b.header.Set("Hx-Request", "true")
		b.post("/console/lookups", url.Values{}).shows(t, 401, "Please sign in")
	})
}

func TestANetworkMayNotHammerAtTheDoor(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.browser(t)
		try := func(n int) int { // the clock stands still
			form := url.Values{"email": {strconv.Itoa(n) + "@acme.example"}, "password": {"wrong password"}}
			answer, err := b.client.PostForm("http://"+o.addr+"/console/sign-in", form)
			must(t, err)
			must(t, answer.Body.Close())
			return answer.StatusCode
		}
		for n := range 10 {
			if status := try(n); status != http.StatusUnauthorized {
				t.Errorf("try %d: %d", n, status)
			}
		}
		if status := try(10); status != http.StatusTooManyRequests {
			t.Errorf("the eleventh in a second: %d", status)
		}
		o.world.move(time.Second)
		if status := try(11); status != http.StatusUnauthorized {
			t.Errorf("a second later: %d", status)
		}
	})
}

func TestASessionBeginsAndEnds(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.browser(t)
		s := b.post("/console/sign-in", url.Values{
			"email": {"viewer@acme.example"}, "password": {password}, "next": {"/console/wallet"},
		})
		cookie := s.header.Get("Set-Cookie")
		if s.status != 303 || s.header.Get("Location") != "/console/wallet" || !strings.HasPrefix(cookie, "wl_session=") ||
			!strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(strings.ToLower(cookie), "path=/") {
			t.Errorf("%d %v", s.status, s.header)
		}
		b.get("/console").shows(t, 200, "Business", "₦0.00", "Sign out")
		kept, _, _ := strings.Cut(cookie, ";")
		if s := b.post("/console/sign-out", nil); s.status != 303 || s.header.Get("Location") != "/console/sign-in" {
			t.Errorf("%d %v", s.status, s.header)
		}
		thief := o.browser(t)
		thief.header.Set("Cookie", kept)
		if s := thief.get("/console"); s.status != 303 {
			t.Errorf("a session that was ended still opens: %d", s.status)
		}
		b.post("/console/sign-out", nil) // nobody is there any more
	})
}

func TestAwayFromTheMachineOnlyTheSafeCookieCounts(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.browser(t)
		b.header.Set("Host", "gateway.example")
		cookie := b.signIn("owner@acme.example", password, "").header.Get("Set-Cookie")
		if !strings.HasPrefix(cookie, "__Host-wl_session=") || !strings.Contains(strings.ToLower(cookie), "; secure") || strings.Contains(strings.ToLower(cookie), "domain") {
			t.Fatal(cookie)
		}
		pair, _, _ := strings.Cut(cookie, ";")
		other := o.browser(t)
		other.header.Set("Host", "gateway.example")
		other.header.Set("Cookie", strings.TrimPrefix(pair, "__Host-"))
		if s := other.get("/console"); s.status != 303 {
			t.Errorf("the unsafe name counts: %d", s.status)
		}
		other.header.Set("Cookie", pair)
		other.get("/console").shows(t, 200)
		proxied := o.browser(t)
		proxied.header.Set("X-Forwarded-Proto", "https")
		if cookie := proxied.signIn("owner@acme.example", password, "").header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-") {
			t.Error(cookie)
		}
	})
}

func TestRolesOpenWhatTheyMay(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "key acme-live-token-1 business=acme\ntopup 100000 business=acme\n")
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		_, err := o.app.Users.Create(t.Context(), staff.NewUser{
			BusinessID: "acme", Email: "auditor@acme.example", Name: "The auditor", Role: staff.Auditor, Password: password,
		})
		must(t, err)
		for _, role := range []staff.Role{staff.Owner, staff.Admin, staff.Viewer, staff.Auditor} {
			b := o.enter(t, string(role)+"@acme.example")
			for page, roles := range everyPage {
				may := strings.Contains(strings.Join(names(roles), " "), string(role))
				s := b.get(page)
				if may && s.status != 200 || !may && s.status != 403 {
					t.Errorf("%s on %s: %d", role, page, s.status)
				}
				if linked := strings.Contains(b.get("/console").html, `href="`+page+`"`); linked != may {
					t.Errorf("%s is led to %s: %t", role, page, linked)
				}
			}
			want := 200
			if !role.May(staff.Reveal) {
				want = 403
			}
			if s := b.post("/console/lookups/"+id+"/reveal", nil); s.status != want {
				t.Errorf("%s reveals: %d", role, s.status)
			}
			offered := strings.Contains(b.get("/console/lookups/"+id).html, `id="reveal"`)
			if offered != role.May(staff.Reveal) {
				t.Errorf("%s is offered to reveal: %t", role, offered)
			}
		}
	})
}

func names(roles []staff.Role) (texts []string) {
	for _, r := range roles {
		texts = append(texts, string(r))
	}
	return texts
}

func TestWhatAnotherSiteSendsIsRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.enter(t, "owner@acme.example")
		theft := url.Values{"name": {"stolen"}, "env": {"live"}}
		for name, headers := range map[string]map[string]string{
			"another site":              {"Sec-Fetch-Site": "cross-site"},
			"a name beside ours":        {"Sec-Fetch-Site": "same-site"},
			"another origin":            {"Origin": "https://evil.example"},
			"no origin":                 {"Origin": "null"},
			"ours by another way":       {"Origin": "http://127.0.0.1:1"},
			"another site, old cookies": {"Sec-Fetch-Site": "cross-site", "Origin": "http://" + o.addr},
		} {
			b.header = http.Header{}
			for header, value := range headers {
				b.header.Set(header, value)
			}
			for _, path := range []string{"/console/keys", "/console/sign-out", "/console/sign-in", "/console/account/password"} {
				if s := b.post(path, theft); s.status != 403 || !strings.Contains(s.html, "another site") {
					t.Errorf("%s, %s: %d", name, path, s.status)
				}
			}
		}
		b.header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
		b.get("/console/keys").hides(t, "stolen")
		b.post("/console/keys", theft).shows(t, 200, "stolen")
		b.header = http.Header{"Origin": {"http://" + o.addr}}
		b.post("/console/keys", url.Values{"name": {"ours"}}).shows(t, 200, "ours")
	})
}

func TestTheConsoleRefusesInPagesOfItsOwn(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "set HTTP__BODY_LIMIT=20480\n")
		b := o.enter(t, "owner@acme.example")
		b.get("/console/nothing").shows(t, 404, "Not found", "Back to the overview")
		b.get("/console/lookups/61b934dfaab326675cdfaab3").shows(t, 404, "There is no such lookup.")
		b.get("/console/lookups/not-an-id").shows(t, 404)
		b.get("/console/assets/x/..%2Fpages%2Flayout.html").shows(t, 404)
		b.ask("DELETE", "/console/keys", nil).shows(t, 405, "That is not how it works")
		b.ask("BREW", "/console/keys", nil).shows(t, 405)
		b.get("/console/wallet?before=x").shows(t, 400, "There is no such page.")
		b.get("/console/lookups?status=lost").shows(t, 400, "Status must be one of")
		b.get("/console/lookups?from=yesterday").shows(t, 400, "From must be a day")
		b.get("/console/wallet.csv?from=2020-01-01&to=2025-01-01").shows(t, 400, "at most 366 days")
		b.post("/console/keys", url.Values{"name": {strings.Repeat("x", 17_000)}}).shows(t, 413, "Too large")
		b.post("/console/keys", url.Values{"name": {strings.Repeat("x", 30_000)}}).shows(t, 413, "Too large")
		b.post("/console/keys", url.Values{"name": {strings.Repeat("x", 500)}}).shows(t, 400, "Name must be at most 200 characters.", "New key")
		b.post("/console/keys", url.Values{"name": {"a\x00b"}}).shows(t, 400)
		b.header.Set("Content-Type", "application/json")
		b.ask("POST", "/console/keys", strings.NewReader(`{"name":"x"}`)).shows(t, 415, "Not a form")
		o.closed = true
		must(t, o.app.DB.Close())
		s := b.get("/console")
		if s.status < 500 || strings.Contains(s.html, "sql") || !strings.Contains(s.html, "our side") {
			t.Errorf("%d %s", s.status, s.html)
		}
	})
}

// Proxies speak the second version to what stands behind them; a page and a file that is sent as it is read come the same.
func TestTheConsoleSpeaksTheSecondVersionToo(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		b := o.browser(t)
		over := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
		over.Protocols.SetUnencryptedHTTP2(true)
		b.client.Transport = over
		b.signIn("owner@acme.example", password, "")
		b.get("/console/wallet").shows(t, 200, "bank-4411")
		b.get("/console/wallet.csv?from=2021-12-01&to=2021-12-31").shows(t, 200, "bank-4411,funding,available,1000000,NGN")
		b.post("/console/keys", url.Values{"name": {strings.Repeat("x", 17_000)}}).shows(t, 413, "Too large")
		b.get("/console/nothing").shows(t, 404, "Not found")
	})
}

func TestAssetsAreKeptForGoodAndPagesAreNot(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		b := openOffice(t, engine, "").browser(t)
		page := b.get("/console/sign-in")
		for _, name := range []string{"console.css", "console.js", "htmx.min.js"} {
			path := page.first(t, `"(/console/assets/[0-9a-f]{16}/`+name+`)"`)
			s := b.get(path)
			if s.status != 200 || s.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || len(s.html) < 500 {
				t.Errorf("%s: %d %v", path, s.status, s.header)
			}
			if s := b.get("/console/assets/0/" + name); s.status != 200 || s.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s of another version: %d %v", name, s.status, s.header)
			}
		}
		b.get("/console/assets/0/htmx-LICENSE.txt").shows(t, 200, "Zero-Clause BSD")
		b.get("/console/assets/0/dashboard.go").shows(t, 404)
	})
}

func TestWithoutTheConsoleThereIsNone(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		b := openOffice(t, engine, "set CONSOLE__ENABLED=false\n").browser(t)
		b.get("/console/sign-in").shows(t, 404)
		b.get("/console").shows(t, 404)
	})
}
