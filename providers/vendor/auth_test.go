package vendor

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/models"
)

// withAuth is the plain definition with another auth section, and the token in a header if one is fetched.
func withAuth(auth string) string {
	text := strings.Replace(plainPost, "{kind: none}", auth, 1)
	if strings.Contains(auth, "oauth2") || strings.Contains(auth, "json_token") {
		text = strings.Replace(text, `headers: {key: "{{secret}}"}`, `headers: {Authorization: "Bearer {{access_token}}"}`, 1)
	}
	return text
}

// door is a vendor that hands out numbered tokens and takes those that good says.
type door struct {
	tokens, asks atomic.Int32
	form         chan *http.Request
	good         func(token string) bool
	answer       string
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		n := d.tokens.Add(1)
		if d.form != nil {
			_ = r.ParseForm()
			d.form <- r
		}
		if d.answer != "" {
			_, _ = io.WriteString(w, d.answer)
			return
		}
		_, _ = fmt.Fprintf(w, `{"access_token": "t%d", "expires_in": 100}`, n)
		return
	}
	d.asks.Add(1)
	if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); d.good != nil && !d.good(token) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, jane)
}

const oauthForm = `{kind: oauth2_client_credentials, client: form, scope: "a b"}`

func TestOneTokenServesEverybodyUntilItExpires(t *testing.T) {
	t.Parallel()
	d := &door{}
	e := endpoint(t, defined(t, withAuth(oauthForm)), account(t, served(t, d.ServeHTTP).URL))
	now := noon
	e.now = func() time.Time { return now }
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got := e.Ask(t.Context(), asked); got.Outcome != models.OutcomeFound {
				t.Errorf("%s %v", got.Outcome, got.Err)
			}
		})
	}
	all.Wait()
	for after, want := range []int32{1, 2, 2, 3} {
		if e.Ask(t.Context(), asked); d.tokens.Load() != want && after > 0 {
			t.Errorf("step %d: %d tokens, want %d", after, d.tokens.Load(), want)
		}
		now = now.Add([]time.Duration{91 * time.Second, 80 * time.Second, 10 * time.Second, 0}[after])
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		good         func(string) bool
		want         models.Outcome
		tokens, asks int32
	}{
		"the second is good": {func(token string) bool { return token == "t2" }, models.OutcomeFound, 2, 2},
		"none is good":       {func(string) bool { return false }, models.OutcomeCredentials, 2, 2},
	} {
		d := &door{good: c.good}
		e := endpoint(t, defined(t, withAuth(oauthForm)), account(t, served(t, d.ServeHTTP).URL))
		got := e.Ask(t.Context(), asked)
		if got.Outcome != c.want || d.tokens.Load() != c.tokens || d.asks.Load() != c.asks {
			t.Errorf("%s: %s, %d tokens, %d questions", name, got.Outcome, d.tokens.Load(), d.asks.Load())
		}
	}
	d := &door{good: func(string) bool { return false }}
	e := endpoint(t, defined(t, plainPost), account(t, served(t, d.ServeHTTP).URL))
	if got := e.Ask(t.Context(), asked); got.Outcome != models.OutcomeCredentials || d.asks.Load() != 1 {
		t.Errorf("without a token: %s, %d questions", got.Outcome, d.asks.Load())
	}
}

func TestAClientIsKnownByFormBasicOrItsKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		auth  string
		check func(*http.Request) bool
	}{
		"form": {oauthForm, func(r *http.Request) bool {
			return r.PostForm.Get("client_id") == "client-1" && r.PostForm.Get("client_secret") == "s3cret" &&
				r.PostForm.Get("grant_type") == "client_credentials" && r.PostForm.Get("scope") == "a b" && r.URL.RawQuery == ""
		}},
		"grant in the query": {`{kind: oauth2_client_credentials, client: form, grant: query}`, func(r *http.Request) bool {
			return r.URL.RawQuery == "grant_type=client_credentials" && !r.PostForm.Has("grant_type") && r.PostForm.Get("client_id") == "client-1"
		}},
		"basic": {`{kind: oauth2_client_credentials, client: basic}`, func(r *http.Request) bool {
			user, password, _ := r.BasicAuth()
			return user == "client-1" && password == "s3cret" && !r.PostForm.Has("client_secret")
		}},
		"the first that is configured": {`{kind: oauth2_client_credentials, client: [private_key_jwt, form]}`, func(r *http.Request) bool {
			return r.PostForm.Has("client_assertion") && !r.PostForm.Has("client_secret")
		}},
	} {
		d := &door{form: make(chan *http.Request, 1)}
		e := endpoint(t, defined(t, withAuth(c.auth)), account(t, served(t, d.ServeHTTP).URL))
		if got := e.Ask(t.Context(), asked); got.Outcome != models.OutcomeFound {
			t.Fatalf("%s: %s %v", name, got.Outcome, got.Err)
		}
		if r := <-d.form; !c.check(r) {
			t.Errorf("%s: %v %v %v", name, r.URL, r.PostForm, r.Header)
		}
	}
}

func TestAnAssertionIsSignedForTheTokenEndpointAndShortLived(t *testing.T) {
	t.Parallel()
	d := &door{form: make(chan *http.Request, 1)}
	a := account(t, served(t, d.ServeHTTP).URL)
	a.KeyID = "k1"
	e := endpoint(t, defined(t, withAuth(`{kind: oauth2_client_credentials, client: private_key_jwt}`)), a)
	e.Ask(t.Context(), asked)
	form := (<-d.form).PostForm
	claims := jwt.RegisteredClaims{}
	token, err := jwt.ParseWithClaims(form.Get("client_assertion"), &claims, func(*jwt.Token) (any, error) { return &testKey().PublicKey, nil },
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithAudience(a.TokenURL), jwt.WithIssuer("client-1"), jwt.WithSubject("client-1"),
		jwt.WithTimeFunc(atNoon), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	life := claims.ExpiresAt.Sub(claims.IssuedAt.Time)
	if life <= 0 || life > 300*time.Second || claims.ID == "" || token.Header["kid"] != "k1" {
		t.Errorf("life %v, id %q, header %v", life, claims.ID, token.Header)
	}
	if form.Get("client_assertion_type") != assertionType || form.Get("client_id") != "client-1" {
		t.Error(form)
	}
}

func TestATokenEndpointThatRefusesIsAFault(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]models.Outcome{
		400: models.OutcomeCredentials, 401: models.OutcomeCredentials, 403: models.OutcomeCredentials,
		402: models.OutcomeWalletEmpty, 429: models.OutcomeRateLimited, 500: models.OutcomeProviderDown, 503: models.OutcomeProviderDown,
		404: models.OutcomeBadPayload, 200: models.OutcomeBadPayload,
	} {
		base := served(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error": "s3cret is not the secret of client-1"}`)
		}).URL
		got := endpoint(t, defined(t, withAuth(oauthForm)), account(t, base)).Ask(t.Context(), asked)
		if got.Outcome != want || got.RetryAfter != 7*time.Second || got.Err == nil || strings.Contains(got.Err.Error(), "s3cret") {
			t.Errorf("%d: %s %v %v", status, got.Outcome, got.RetryAfter, got.Err)
		}
		if got.Billed == nil || *got.Billed {
			t.Errorf("%d: a question that was not put may have been billed", status)
		}
	}
}

func TestAJSONTokenIsReadLeniently(t *testing.T) {
	t.Parallel()
	auth := `{kind: json_token, path: /own/token, json: {id: "{{client_id}}", key: "{{secret}}"}, token: [data.token, token], expires: ttl}`
	for answer, want := range map[string]models.Outcome{
		`{"token": "x", "ttl": "7200 secs"}`:   models.OutcomeFound,
		`{"data": {"token": "x"}, "ttl": 720}`: models.OutcomeFound,
		`{"token": "x\ny", "ttl": 720}`:        models.OutcomeBadPayload,
		`{"token": null}`:                      models.OutcomeBadPayload,
	} {
		d := &door{answer: answer}
		a := account(t, served(t, d.ServeHTTP).URL)
		a.TokenURL = ""
		if got := endpoint(t, defined(t, withAuth(auth)), a).Ask(t.Context(), asked); got.Outcome != want {
			t.Errorf("%s: %s %v", answer, got.Outcome, got.Err)
		}
	}
	for text, want := range map[string]time.Duration{
		"7200": 7200*time.Second - tokenMargin, "7200 secs": 7200*time.Second - tokenMargin, "100": 90 * time.Second,
		"": defaultTokenLife - tokenMargin, "soon": defaultTokenLife - tokenMargin, "-5": defaultTokenLife - tokenMargin,
		"1e300": maxTokenLife - tokenMargin, "NaN": defaultTokenLife - tokenMargin,
	} {
		if got := tokenLife(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestSignaturesAndPlainCredentialsStandInTheirHeaders(t *testing.T) {
	t.Parallel()
	sum := func(body []byte) (sha, sha5 []byte) {
		short, long := hmac.New(sha256.New, []byte("s3cret")), hmac.New(sha512.New, []byte("s3cret"))
		short.Write(body)
		long.Write(body)
		return short.Sum(nil), long.Sum(nil)
	}
	for auth, c := range map[string]struct {
		header string
		want   func(body []byte) string
	}{
		`{kind: bearer}`: {"Authorization", func([]byte) string { return "Bearer s3cret" }},
		`{kind: basic}`: {"Authorization", func([]byte) string {
			return "Basic " + base64.StdEncoding.EncodeToString([]byte("client-1:s3cret"))
		}},
		`{kind: body_hmac, header: X-Sig, hash: sha256, encoding: hex}`: {"X-Sig", func(body []byte) string {
			s, _ := sum(body)
			return hex.EncodeToString(s)
		}},
		`{kind: body_hmac, header: X-Sig, hash: sha512, encoding: base64}`: {"X-Sig", func(body []byte) string {
			_, s := sum(body)
			return base64.StdEncoding.EncodeToString(s)
		}},
	} {
		base := served(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if got, want := r.Header.Get(c.header), c.want(body); got != want {
				t.Errorf("%s: %s, want %s", auth, got, want)
			}
			_, _ = io.WriteString(w, jane)
		}).URL
		if got := endpoint(t, defined(t, withAuth(auth)), account(t, base)).Ask(t.Context(), asked); got.Outcome != models.OutcomeFound {
			t.Errorf("%s: %s %v", auth, got.Outcome, got.Err)
		}
	}
}
