package vendor

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

// heardRequest is a request as it came over the socket.
type heardRequest struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	JSON         any
}

// vendorServer answers like a fixture, hands out tokens, and keeps what it heard.
type vendorServer struct {
	fixture *fixture
	mu      sync.Mutex
	heard   []heardRequest
}

func (s *vendorServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		_, _ = io.WriteString(w, `{"access_token": "t0ken", "accessToken": "t0ken", "token": "t0ken", "expires_in": 300, "expiresIn": "300 secs"}`)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/bc-authorize") {
		_, _ = io.WriteString(w, `{"auth_req_id": "r-1", "expires_in": 120, "interval": 2}`)
		return
	}
	h := heardRequest{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header.Clone()}
	for _, name := range []string{"Accept", "Accept-Encoding", "User-Agent", "Content-Length", "Content-Type"} {
		h.Header.Del(name)
	}
	if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "multipart/") {
		h.JSON = heardParts(r)
	} else if text, _ := io.ReadAll(r.Body); len(text) > 0 {
		if err := json.Unmarshal(text, &h.JSON); err != nil {
			h.JSON = string(text)
		}
	}
	s.mu.Lock()
	s.heard = append(s.heard, h)
	s.mu.Unlock()
	reply := s.fixture.reply()
	for name, values := range reply.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body)
}

// heardParts gives a multipart body as fixtures write it.
func heardParts(r *http.Request) any {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return err.Error()
	}
	parts := map[string]any{}
	for name, texts := range r.MultipartForm.Value {
		parts[name] = texts[0]
	}
	return parts
}

// wanted is the fixture's request with the account's values in it.
func (s *vendorServer) wanted(t *testing.T) heardRequest {
	const timestamp = "2026-01-01T12:00:00.000Z"
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write([]byte(timestamp + "0042" + "sid_request"))
	fill := strings.NewReplacer("{{secret}}", "s3cret", "{{app_id}}", "app-1", "{{partner_id}}", "0042", "{{client_id}}", "client-1",
		"{{callback_url}}", "https://gateway.example/upstream/vendor",
		"{{access_token}}", "t0ken", "{{timestamp}}", timestamp, "{{signature}}", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r := s.fixture.Request
	want := heardRequest{Method: r.Method, Path: r.Path, Query: url.Values{}, Header: http.Header{}}
	for name, text := range r.Query {
		want.Query.Set(name, fill.Replace(text))
	}
	for name, text := range r.Headers {
		want.Header.Set(name, fill.Replace(text))
	}
	if r.JSON != nil {
		text, err := json.Marshal(r.JSON)
		if err == nil {
			err = json.Unmarshal([]byte(fill.Replace(string(text))), &want.JSON)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return want
}

func TestEveryFixtureIsAskedAndUnderstoodExactly(t *testing.T) {
	t.Parallel()
	known := catalogue(t)
	all, problems := fixtures(os.DirFS("../definitions"), "definitions/fixtures")
	if len(problems) > 0 || len(all) < 62 {
		t.Fatalf("%d fixtures, %v", len(all), problems)
	}
	for _, f := range all {
		t.Run(f.Provider+"."+f.Case, func(t *testing.T) {
			t.Parallel()
			replayOverSocket(t, known.all[f.Provider], f)
		})
	}
}

func replayOverSocket(t *testing.T, d *definition, f *fixture) {
	t.Helper()
	if d == nil {
		t.Fatalf("there is no definition %s", f.Provider)
	}
	if f.Phase == "webhook" {
		for _, difference := range f.replay(d) {
			t.Error(difference)
		}
		return
	}
	far := &vendorServer{fixture: f}
	e := endpoint(t, d, account(t, served(t, far.ServeHTTP).URL))
	var failure error
	var differences []string
	if f.Balance {
		left, outcome, err := e.Balance(t.Context())
		differences, failure = f.diffBalance(left, outcome), err
	} else {
		said := e.Ask
		if f.Phase == "poll" {
			said = func(ctx context.Context, in Inquiry) Reading { return e.Poll(ctx, in, f.Input.Ref) }
		}
		got := said(t.Context(), f.inquiry())
		differences, failure = f.diffReading(got), got.Err
	}
	for _, difference := range differences {
		t.Error(difference)
	}
	times := 1
	if f.Response.Status == http.StatusUnauthorized && d.Auth.Kind == "oauth2_client_credentials" && strings.Contains(f.Request.Headers["Authorization"], "access_token") {
		times = 2 // a new token was tried
	}
	if len(far.heard) != times {
		t.Fatalf("asked %d times, want %d", len(far.heard), times)
	}
	for _, heard := range far.heard {
		if diff := cmp.Diff(far.wanted(t), heard); diff != "" {
			t.Error(diff)
		}
	}
	if failure != nil && leaks(failure.Error(), f) {
		t.Errorf("the error tells too much: %v", failure)
	}
}

// leaks tells whether an error text holds the number, a name or a secret.
func leaks(text string, f *fixture) bool {
	number := strings.TrimPrefix(f.Input.Number, "+234")
	for _, secret := range []string{"s3cret", "t0ken", number, f.Input.FirstName, f.Input.LastName, f.Input.FullName} {
		if secret != "" && strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

func TestEveryDefinitionHasFixturesForFoundNotFoundAndAFailure(t *testing.T) {
	t.Parallel()
	for _, p := range replayAll(catalogue(t), os.DirFS("../definitions"), "definitions/fixtures") {
		t.Error(p)
	}
}

func TestADefinitionWithoutFixturesAndAFixtureWithoutDefinitionAreProblems(t *testing.T) {
	t.Parallel()
	d := defined(t, plainPost)
	got := replayAll(&Catalog{all: map[string]*definition{d.ID: d}}, os.DirFS("../definitions"), "x")
	var missing, unknown int
	for _, p := range got {
		switch {
		case p.File == "test.yaml" && p.Line == 2 && strings.Contains(p.Text, "there is no fixture for"):
			missing++
		case p.Text == "unknown definition dojah_basic":
			unknown++
		}
	}
	if missing != 3 || unknown != 11 {
		t.Errorf("%d missing, %d unknown", missing, unknown)
	}
}

func TestAWrongExpectationIsNoticed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../definitions/fixtures/youverify.found.json")
	if err != nil {
		t.Fatal(err)
	}
	d := catalogue(t).all["youverify"]
	for old, wrong := range map[string]string{
		`"outcome": "found"`:                         `"outcome": "not_found"`,
		`"upstream_ref": "61b934dfaab326675cdfaab3"`: `"upstream_ref": null`,
		`"isSubjectConsent": true`:                   `"isSubjectConsent": "true"`,
		`"path": "/v2/api/identity/ng/phone"`:        `"path": "/v2/api/identity/ng/phones"`,
		`"token": "{{secret}}"`:                      `"token": "{{app_id}}"`,
		`"method": "POST"`:                           `"method": "GET"`,
		`"date_of_birth": "2000-01-03"`:              `"date_of_birth": "2000-01-01"`,
	} {
		changed := strings.Replace(string(text), old, wrong, 1)
		f, problems := parseFixture("x.json", []byte(changed))
		if changed == string(text) || len(problems) > 0 {
			t.Fatalf("%s: %v", old, problems)
		}
		if got := f.replay(d); len(got) != 1 {
			t.Errorf("%s: %v", wrong, got)
		}
	}
}

func TestTheRouterAsksAVendor(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../definitions/fixtures/youverify.found.json")
	if err != nil {
		t.Fatal(err)
	}
	f, _ := parseFixture("x", text)
	far := &vendorServer{fixture: f}
	base := served(t, far.ServeHTTP).URL
	r := vendorRouter(t, Parts{Now: atNoon, Vendors: vendorsAt("youverify", account(t, base))}, "youverify")
	got := r.Owners(context.Background(), question(t, "08000000000"))
	if got.Outcome != models.OutcomeFound || len(got.Owners) != 2 || got.Ref != "61b934dfaab326675cdfaab3" || got.HTTP != 200 {
		t.Errorf("%+v", got)
	}
	if a := got.Attempts; len(a) != 1 || a[0].Source != "youverify" || a[0].HTTP != 200 || a[0].Ref != got.Ref {
		t.Errorf("%+v", a)
	}
}
