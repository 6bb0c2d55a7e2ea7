package handlers_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// password is that of everybody in these tests.
const password = "correct horse battery"

// office is a gateway with the staff of two businesses: owner@, admin@ and viewer@acme.example, and owner@globex.example.
type office struct {
	*gateway
	users map[string]staff.User // by e-mail
}

// openOffice puts up a gateway on an engine. setup are lines as in a golden conversation.
func openOffice(t *testing.T, engine, setup string) *office {
	t.Helper()
	archive := &txtar.Archive{Files: []txtar.File{{Name: "setup", Data: []byte("business acme\nbusiness globex\n" + setup)}}}
	o := &office{raise(t, storagetest.MigratedURL(t, engine), archive), map[string]staff.User{}}
	for _, who := range []struct {
		business string
		role     staff.Role
	}{{"acme", staff.Owner}, {"acme", staff.Admin}, {"acme", staff.Viewer}, {"globex", staff.Owner}} {
		email := string(who.role) + "@" + who.business + ".example"
		made, err := o.app.Users.Create(t.Context(), staff.NewUser{
			BusinessID: who.business, Email: email, Name: "The " + string(who.role), Role: who.role, Password: password,
		})
		must(t, err)
		o.users[email] = made
	}
	return o
}

// onEngines runs a test on both engines, side by side.
func onEngines(t *testing.T, test func(t *testing.T, engine string)) {
	t.Helper()
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	t      *testing.T
	office *office
	client *http.Client
	header http.Header // sent with everything
}

// sheet is a page that came.
type sheet struct {
	status int
	header http.Header
	html   string
}

func (o *office) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	b := &browser{t: t, office: o, header: http.Header{}, client: &http.Client{
		Jar: jar, Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

// enter gives a browser whose user has signed in.
func (o *office) enter(t *testing.T, email string) *browser {
	t.Helper()
	b := o.browser(t)
	b.signIn(email, password, "")
	return b
}

func (b *browser) signIn(email, password, code string) sheet {
	b.t.Helper()
	form := url.Values{"email": {email}, "password": {password}}
	if code != "" {
		form.Set("code", code)
	}
	s := b.post("/console/sign-in", form)
	if s.status != http.StatusSeeOther {
		b.t.Fatalf("%s may not sign in: %d %s", email, s.status, s.html)
	}
	return s
}

func (b *browser) get(path string) sheet { b.t.Helper(); return b.ask("GET", path, nil) }

// post sends a form, and goes where what it made is shown.
func (b *browser) post(path string, form url.Values) sheet {
	b.t.Helper()
	if form == nil && strings.HasSuffix(path, "/reveal") {
		form = url.Values{"reason": {"complaint"}}
	}
	s := b.ask("POST", path, strings.NewReader(form.Encode()))
	if to := s.header.Get("Location"); strings.Contains(to, "?shown=") || strings.HasPrefix(to, "/console/lookups") {
		return b.get(to)
	}
	return s
}

func (b *browser) ask(method, path string, body io.Reader) sheet {
	b.t.Helper()
	b.office.world.move(time.Second)
	r, err := http.NewRequestWithContext(b.t.Context(), method, "http://"+b.office.addr+path, body)
	must(b.t, err)
	for name, values := range b.header {
		r.Header[name] = values
	}
	if body != nil && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	response, err := b.client.Do(r)
	must(b.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(b.t, err)
	s := sheet{response.StatusCode, response.Header, string(text)}
	if !b.office.closed {
		s.check(b.t, method+" "+path)
	}
	return s
}

// check holds for whatever the console answers.
func (s sheet) check(t *testing.T, line string) {
	t.Helper()
	if s.status >= 500 && s.status != 503 {
		t.Errorf("%s: %d", line, s.status)
	}
	if s.header.Get("Request-Id") == "" || s.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: %v", line, s.header)
	}
	if strings.Contains(line, "/assets/") && s.status == 200 {
		return
	}
	policy := s.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s: policy %q", line, policy)
	}
	if s.header.Get("Cache-Control") != "no-store" || s.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s: %v", line, s.header)
	}
	if strings.Contains(s.header.Get("Content-Type"), "json") && s.header.Get("Content-Disposition") == "" { // a page, or a file to keep
		t.Errorf("%s: %s", line, s.html)
	}
}

// holds tells whether a text stands in the page, as it was sent or as a reader sees it.
func (s sheet) holds(text string) bool {
	return strings.Contains(s.html, text) || strings.Contains(html.UnescapeString(s.html), text)
}

// main is the page without its frame.
func (s sheet) main() string {
	_, text, _ := strings.Cut(s.html, "<h1>")
	return text
}

// shows fails the test unless the page has a status and holds texts.
func (s sheet) shows(t *testing.T, status int, texts ...string) {
	t.Helper()
	if s.status != status {
		t.Fatalf("status %d, want %d: %s", s.status, status, s.main())
	}
	for _, text := range texts {
		if !s.holds(text) {
			t.Errorf("does not show %q: %s", text, s.main())
		}
	}
}

// hides fails the test if the page holds any of the texts.
func (s sheet) hides(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if s.holds(text) {
			t.Errorf("shows %q: %s", text, s.main())
		}
	}
}

// first gives what a pattern's group finds in the page.
func (s sheet) first(t *testing.T, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(s.html)
	if found == nil {
		t.Fatalf("nothing fits %s: %s", pattern, s.main())
	}
	return found[1]
}

// call asks the API with a key.
func (o *office) call(t *testing.T, token, body string) (id string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+o.addr+"/v2/api/identity/ng/phone", strings.NewReader(body))
	must(t, err)
	r.Header.Set("token", token)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	found := regexp.MustCompile(`"data":\{"id":"([0-9a-f]{24})"`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("%d %s", response.StatusCode, text)
	}
	return string(found[1])
}

// lookUp looks a number up and gives the lookup's id.
func (o *office) lookUp(t *testing.T, token, number string) string {
	t.Helper()
	return o.call(t, token, `{"mobile":"`+number+`","isSubjectConsent":true}`)
}
