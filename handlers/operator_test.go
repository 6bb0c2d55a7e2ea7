package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"whoseline/access"
	"whoseline/handlers/operator"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/webhooks"
)

// clerk is one of the operator's people: a browser without scripts, and an operator key.
type clerk struct {
	t       *testing.T
	gateway *gateway
	user    staff.User
	key     string
	cookies map[string]string
}

// hire makes one of the operator's people, who has signed in nowhere yet.
func hire(t *testing.T, g *gateway, role staff.Role, name string) *clerk {
	t.Helper()
	made, err := g.app.Operators.Create(t.Context(), staff.NewUser{
		BusinessID: access.OperatorTrail, Email: name + "@operator.example", Name: name, Role: role, Password: password,
	})
	must(t, err)
	_, key, err := g.app.Operators.MakeKey(t.Context(), access.OperatorTrail, made.ID, "tests")
	must(t, err)
	return &clerk{t, g, made, key, map[string]string{}}
}

func (c *clerk) send(r *http.Request) *httptest.ResponseRecorder {
	c.t.Helper()
	r.Host = "127.0.0.1"
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.gateway.app.Ops.ServeHTTP(w, r)
	for _, set := range w.Result().Cookies() {
		c.cookies[set.Name] = set.Value
	}
	return w
}

func (c *clerk) get(path string) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.send(httptest.NewRequest("GET", path, http.NoBody))
}

// post fills the form of a page: once is the page's own mark.
func (c *clerk) post(path string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(r)
}

// api asks the API and gives the status and the answer.
func (c *clerk) api(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	r := httptest.NewRequest(method, "/operator/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+c.key)
	r.Header.Set("Content-Type", "application/json")
	w := c.send(r)
	answer := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		c.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Code, answer
}

var secretCode = regexp.MustCompile(`id="secret">([A-Z2-7]+)<`)

// signIn signs in for the first time, which sets up a second factor.
func (c *clerk) signIn() {
	c.t.Helper()
	if w := c.post("/operator/sign-in", url.Values{"email": {c.user.Email}, "password": {password}}); w.Code != http.StatusSeeOther {
		c.t.Fatalf("the password lets nobody in: %d %s", w.Code, w.Body)
	}
	if w := c.get("/operator/businesses"); w.Header().Get("Location") != "/operator/second-factor" {
		c.t.Fatalf("without a second factor: %d, to %q", w.Code, w.Header().Get("Location"))
	}
	found := secretCode.FindStringSubmatch(c.post("/operator/second-factor/offer", url.Values{"password": {password}}).Body.String())
	if found == nil {
		c.t.Fatal("no secret is shown")
	}
	wrong := c.post("/operator/second-factor/accept", url.Values{"code": {"00000"}})
	if page := wrong.Body.String(); wrong.Code != http.StatusBadRequest || !strings.Contains(page, `name="code"`) || strings.Contains(page, found[1]) {
		c.t.Fatalf("a wrong code does not keep the form, or shows the secret again: %d %s", wrong.Code, page)
	}
	code := totp(c.t, found[1], c.gateway.world.models().Now())
	if w := c.post("/operator/second-factor/accept", url.Values{"code": {code}}); !strings.Contains(w.Body.String(), "Recovery codes") {
		c.t.Fatalf("the code is not taken: %d %s", w.Code, w.Body)
	}
}

func TestARoleDoesAtTheDeskWhatTheTableOfActsSays(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		for _, role := range staff.OperatorRoles() {
			c := hire(t, o.gateway, role, string(role))
			c.signIn()
			for _, route := range operator.Routes() {
				path := strings.NewReplacer("{id}", "nothing", "{key}", "nothing").Replace(strings.ReplaceAll(route.Path, "{source}", "nothing"))
				status, _ := c.api(route.Method, path, "")
				page := c.get("/operator" + path)
				if route.Method == "POST" {
					page = c.post("/operator"+path, url.Values{})
				}
				for face, got := range map[string]int{"API": status, "page": page.Code} {
					if may := role.Can(route.Act); (got == http.StatusForbidden) == may || got >= 500 || got == http.StatusUnauthorized {
						t.Errorf("%s, %s %s as %s: %d", role, route.Method, path, face, got)
					}
				}
				o.world.move(time.Second) // no faster than a session may
			}
		}
	})
}

func TestNobodyApprovesWhatTheyAskedForAtTheDesk(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "set BILLING__APPROVAL_ABOVE=1000\n")
		bisi, kola := hire(t, o.gateway, staff.Finance, "bisi"), hire(t, o.gateway, staff.Finance, "kola")
		before := o.wallet(t, "acme")
		status, answer := bisi.api("POST", "/businesses/acme/adjust", `{"amount":5000,"reason":"goodwill","reference":"a"}`)
		approval, _ := answer["approval"].(map[string]any)
		if status != http.StatusOK || approval == nil {
			t.Fatalf("%d %v", status, answer)
		}
		path := "/approvals/" + approval["id"].(string) + "/approve"
		if status, answer := bisi.api("POST", path, ""); status != http.StatusConflict {
			t.Errorf("one's own: %d %v", status, answer)
		}
		_, err := o.app.Approve(t.Context(), approval["id"].(string), strings.ToUpper(bisi.user.Email))
		if err == nil {
			t.Error("one's own, on the command line by e-mail, is carried out")
		}
		if status, answer := kola.api("POST", path, ""); status != http.StatusOK {
			t.Errorf("another's: %d %v", status, answer)
		}
		if got := o.wallet(t, "acme"); got != before+5000 {
			t.Errorf("available %d, before %d", got, before)
		}
		for range 2 {
			if status, answer := kola.api("POST", "/businesses/acme/credit", `{"amount":700,"reference":"paid"}`); status != http.StatusOK {
				t.Errorf("%d %v", status, answer)
			}
		}
		if got := o.wallet(t, "acme"); got != before+5700 {
			t.Errorf("credited once: available %d, before %d", got, before)
		}
		events, _, err := o.app.Trail.List(t.Context(), "acme", 0, 100)
		must(t, err)
		if events[0].Action != "wallet.credited" || events[0].Actor != kola.user.OperatorActor() {
			t.Errorf("%+v", events[0])
		}
		o.honest(t)
	})
}

func TestASuspendedBusinessIsRefusedUntilItIsResumed(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		c := hire(t, o.gateway, staff.Operator, "kola")
		c.signIn()
		key, token, err := o.app.Keys.Create(t.Context(), access.NewKey{BusinessID: "acme", Name: "server", Sandbox: true})
		must(t, err)
		page := c.get("/operator/businesses/acme").Body.String()
		form := url.Values{"reason": {"papers are missing"}, "once": {between(page, `name="once" value="`, `"`)}}
		for range 2 { // sent again by a second press
			if w := c.post("/operator/businesses/acme/suspend", form); w.Code != http.StatusSeeOther {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		if page := c.get("/operator/businesses/acme").Body.String(); !strings.Contains(page, "papers are missing") || !strings.Contains(page, "The business is suspended") {
			t.Error("the page does not say so")
		}
		if _, err := o.app.Keys.Business(t.Context(), token); err == nil {
			t.Error("a key of a suspended business is let in")
		}
		o.honest(t)
		if status, answer := c.api("POST", "/businesses/acme/resume", ""); status != http.StatusOK {
			t.Errorf("%d %v", status, answer)
		}
		if _, err := o.app.Keys.Business(t.Context(), token); err != nil {
			t.Error(err)
		}
		if status, _ := c.api("POST", "/businesses/globex/keys/"+key.ID+"/revoke", ""); status != http.StatusNotFound {
			t.Errorf("a key of another business: %d", status)
		}
		if status, _ := c.api("POST", "/businesses/acme/keys/"+key.ID+"/revoke", ""); status != http.StatusOK {
			t.Errorf("revoke: %d", status)
		}
		if status, answer := c.api("GET", "/businesses?search=ACM", ""); status != http.StatusOK || len(answer["data"].([]any)) != 1 {
			t.Errorf("%d %v", status, answer)
		}
		if status, answer := c.api("GET", "/businesses?search=%25", ""); status != http.StatusOK || len(answer["data"].([]any)) != 0 {
			t.Errorf("a per cent sign is no wildcard: %d %v", status, answer)
		}
		o.honest(t)
	})
}

func TestASourceThatIsSwitchedOffIsAskedNothingByAnyGateway(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		c := hire(t, o.gateway, staff.Operator, "kola")
		if status, _ := c.api("POST", "/sources/sandbox/off", `{}`); status != http.StatusBadRequest {
			t.Errorf("without a reason: %d", status)
		}
		if status, answer := c.api("POST", "/sources/sandbox/off", `{"reason":"bad answers"}`); status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
		asked := func() models.Outcome {
			return o.app.Live.Owners(t.Context(), lookup.Question{BusinessID: "acme", Phone: models.PhoneFromE164("+2348000000000")}).Outcome
		}
		if got := asked(); got == models.OutcomeFound {
			t.Error("a source that is switched off answers")
		}
		o.app.Live.SwitchOff(nil) // as a gateway that was started just now
		o.app.Start()
		for asked() == models.OutcomeFound { // until its first look at the switches
			runtime.Gosched()
		}
		_, answer := c.api("GET", "/sources", "")
		source := answer["data"].([]any)[0].(map[string]any)
		if source["offBy"] != "kola" || source["offFor"] != "bad answers" {
			t.Errorf("%v", source)
		}
		o.honest(t)
		if status, answer := c.api("POST", "/sources/sandbox/on", ""); status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
		if got := asked(); got != models.OutcomeFound {
			t.Errorf("switched on again: %s", got)
		}
		o.honest(t)
	})
}

func TestAnOperatorSeesAConsoleAsItsViewerAndTheBusinessCanReadThatItWas(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		books, c := hire(t, o.gateway, staff.Finance, "bisi"), hire(t, o.gateway, staff.Support, "kola")
		books.signIn()
		c.signIn()
		if w := books.post("/operator/businesses/acme/visit", nil); w.Code != http.StatusForbidden {
			t.Errorf("finance: %d", w.Code)
		}
		if w := c.get("/console"); w.Header().Get("Location") != "/operator" {
			t.Errorf("without a visit: %d %s", w.Code, w.Body)
		}
		if w := c.post("/operator/businesses/nothing/visit", nil); w.Code != http.StatusNotFound {
			t.Errorf("an unknown business: %d", w.Code)
		}
		if w := c.post("/operator/businesses/acme/visit", nil); w.Header().Get("Location") != "/console" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for path, want := range map[string]int{"/console": 200, "/console/lookups": 200, "/console/wallet": 200, "/console/keys": 403, "/console/staff": 403} {
			if w := c.get(path); w.Code != want {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
		if w := c.post("/console/keys", url.Values{"name": {"mine"}}); w.Code != http.StatusForbidden {
			t.Errorf("a key is made on a visit: %d", w.Code)
		}
		events, _, err := o.app.Trail.List(t.Context(), "acme", 0, 1)
		must(t, err)
		if events[0].Action != "console.visited" || events[0].Actor != c.user.OperatorActor() {
			t.Errorf("%+v", events[0])
		}
		if page := o.enter(t, "owner@acme.example").get("/console/audit").html; !strings.Contains(page, "The operator") || strings.Contains(page, c.user.ID) {
			t.Error("the business does not read that it was the operator, and no more")
		}
		must(t, o.app.Operators.Disable(t.Context(), access.OperatorTrail, c.user.ID))
		if w := c.get("/console"); w.Header().Get("Location") != "/operator" {
			t.Errorf("the visit of one who is shut out: %d", w.Code)
		}
		o.honest(t)
	})
}

func TestTheDeskTellsWhatIsStuckInABusiness(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		c := hire(t, o.gateway, staff.Auditor, "ada")
		c.signIn()
		_, _, err := o.app.Webhooks.Create(t.Context(), webhooks.NewEndpoint{BusinessID: "acme", URL: "https://hooks.example/a"})
		must(t, err)
		status, answer := c.api("GET", "/businesses/acme/stuck", "")
		if status != http.StatusOK || len(answer["endpoints"].([]any)) != 1 || len(answer["lookups"].([]any)) != 0 {
			t.Errorf("%d %v", status, answer)
		}
		if page := c.get("/operator/businesses/acme/stuck").Body.String(); !strings.Contains(page, "https://hooks.example/a") || !strings.Contains(page, "Nothing waits") {
			t.Error(page)
		}
	})
}

func TestTheGuideToTheDeskNamesEveryRequest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operate/desk.md")
	must(t, err)
	for _, r := range operator.Routes() {
		if line := "| `" + r.Method + " /operator/v1" + r.Path + "` |"; !strings.Contains(string(text), line) {
			t.Errorf("docs/operate/desk.md has no line %s", line)
		}
	}
}

func TestTheDeskAndTheConsoleDoNotLetInEachOthersPeople(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		c := hire(t, o.gateway, staff.Operator, "kola")
		stranger := &clerk{t: t, gateway: o.gateway, cookies: map[string]string{}}
		w := stranger.post("/operator/sign-in", url.Values{"email": {"owner@acme.example"}, "password": {password}})
		if w.Code != http.StatusUnauthorized {
			t.Errorf("an owner of a business at the desk: %d", w.Code)
		}
		b := o.browser(t)
		if s := b.post("/console/sign-in", url.Values{"email": {c.user.Email}, "password": {password}}); s.status != http.StatusUnauthorized {
			t.Errorf("an operator at the console: %d", s.status)
		}
		token, _, err := o.app.Users.SignIn(t.Context(), staff.SignIn{Email: "owner@acme.example", Password: password})
		must(t, err)
		stranger.cookies["wl_desk"] = token
		if w := stranger.get("/operator/businesses"); w.Header().Get("Location") != "/operator/sign-in" {
			t.Errorf("a session of the console at the desk: %d", w.Code)
		}
		must(t, o.app.Operators.Disable(t.Context(), access.OperatorTrail, c.user.ID))
		if status, _ := c.api("GET", "/businesses", ""); status != http.StatusUnauthorized {
			t.Errorf("a key of somebody who is shut out: %d", status)
		}
		o.honest(t)
	})
}

func TestTheDesksFormsAndBodiesAreReadCarefully(t *testing.T) {
	t.Parallel()
	o := openOffice(t, "sqlite", "")
	c := hire(t, o.gateway, staff.Operator, "kola")
	c.signIn()
	for body, want := range map[string]int{
		`{"name":{"a":1}}`: 400, `[]`: 400, `{`: 400, `{"name":"\u0000"}`: 400, `{"name":null}`: 400, `{"name":"` + strings.Repeat("a", 20<<10) + `"}`: 413,
	} {
		if status, answer := c.api("POST", "/businesses", body); status != want {
			t.Errorf("%.40s: %d %v", body, status, answer)
		}
	}
	r := httptest.NewRequest("POST", "/operator/businesses", strings.NewReader("name=Evil"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := c.send(r); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site: %d", w.Code)
	}
	if status, _ := c.api("GET", "/nothing", ""); status != http.StatusNotFound {
		t.Errorf("an unknown path: %d", status)
	}
}

// wallet gives what a business may spend.
func (o *office) wallet(t *testing.T, business string) int64 {
	t.Helper()
	w, err := o.app.Till.Wallet(t.Context(), business)
	must(t, err)
	return w.Available
}

// true fails the test unless books and trails are as they tell.
func (o *office) honest(t *testing.T) {
	t.Helper()
	all, err := o.app.Verify(t.Context(), "", func(int64) {})
	must(t, err)
	for _, lie := range all.Lies {
		t.Errorf("%+v", lie)
	}
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}
