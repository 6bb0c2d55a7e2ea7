package vendor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/simulator"
)

// operator is a far side that says one thing after the other where tokens come from, and keeps the forms.
type operator struct {
	t    *testing.T
	says []string // of the back channel first; "" = the token is granted
	mu   sync.Mutex
	seen []map[string]string
}

func (o *operator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/token") && !strings.HasSuffix(r.URL.Path, "/bc-authorize") {
		_, _ = io.WriteString(w, jane)
		return
	}
	if err := r.ParseForm(); err != nil {
		o.t.Error(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	form := map[string]string{"path": r.URL.Path}
	for name := range r.PostForm {
		form[name] = r.PostForm.Get(name)
	}
	o.seen = append(o.seen, form)
	said := `{"access_token": "t0ken", "expires_in": 60}`
	if len(o.says) > 0 && o.says[0] != "" {
		said = o.says[0]
	}
	o.says = o.says[min(1, len(o.says)):]
	if strings.Contains(said, `"error"`) {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = io.WriteString(w, said)
}

// subject gives an endpoint of that auth kind at the operator.
func (o *operator) subject(auth string) (*Endpoint, *hourglass) {
	o.t.Helper()
	text := strings.Replace(plainPost, "{kind: none}", auth, 1)
	text = strings.Replace(text, `headers: {key: "{{secret}}"}`, `headers: {Authorization: "Bearer {{access_token}}"}`, 1)
	e := endpoint(o.t, defined(o.t, text), account(o.t, served(o.t, o.ServeHTTP).URL))
	glass := &hourglass{at: noon}
	e.now, e.sleep = glass.now, glass.sleep
	return e, glass
}

const (
	byCIBA   = `{kind: ciba, client: [private_key_jwt], scope: "dpv:FraudPreventionAndDetection a:b"}`
	byBearer = `{kind: jwt_bearer, client: [private_key_jwt], scope: "dpv:FraudPreventionAndDetection a:b"}`
	opened   = `{"auth_req_id": "r-1", "expires_in": 120, "interval": 3}`
	waits4it = `{"error": "authorization_pending"}`
	tooFast  = `{"error": "slow_down"}`
)

func TestASubscriberIsAskedAndPolledAtThePaceThatTheOperatorSets(t *testing.T) {
	t.Parallel()
	o := &operator{t: t, says: []string{opened, waits4it, tooFast, waits4it, ""}}
	e, glass := o.subject(byCIBA)
	if said := e.Ask(t.Context(), asked); said.Outcome != models.OutcomeFound {
		t.Fatalf("%s, %v", said.Outcome, said.Err)
	}
	if took := glass.now().Sub(noon); took != 3*time.Second+3*time.Second+8*time.Second+8*time.Second {
		t.Errorf("it took %v", took)
	}
	first := o.seen[0]
	if first["path"] != "/the/bc-authorize" || first["scope"] != "openid dpv:FraudPreventionAndDetection a:b" || first["login_hint"] != "tel:+2348031234567" {
		t.Errorf("%v", first)
	}
	used := map[string]bool{}
	for i, form := range o.seen {
		if i > 0 && (form["grant_type"] != grantCIBA || form["auth_req_id"] != "r-1" || form["path"] != "/the/token") {
			t.Errorf("%v", form)
		}
		used[form["client_assertion"]] = true
	}
	if len(used) != 5 {
		t.Errorf("%d assertions for 5 requests", len(used))
	}
}

func TestWhatASubscriberOrTheOperatorRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		auth string
		says []string
		want models.Outcome
	}{
		{"nobody", byCIBA, []string{`{"error": "unknown_user_id"}`}, models.OutcomeNotFound},
		{"refused", byCIBA, []string{opened, `{"error": "access_denied"}`}, models.OutcomeNotApplicable},
		{"too late", byCIBA, []string{opened, `{"error": "expired_token"}`}, models.OutcomeNotApplicable},
		{"silent", byCIBA, append([]string{opened}, strings.Split(strings.Repeat(waits4it+"\n", 50), "\n")[:50]...), models.OutcomeNotApplicable},
		{"our fault", byCIBA, []string{opened, `{"error": "invalid_client"}`}, models.OutcomeCredentials},
		{"nonsense", byCIBA, []string{`{}`}, models.OutcomeBadPayload},
		{"assertion refused", byBearer, []string{`{"error": "invalid_grant"}`}, models.OutcomeCredentials},
	} {
		o := &operator{t: t, says: c.says}
		e, _ := o.subject(c.auth)
		if said := e.Ask(t.Context(), asked); said.Outcome != c.want {
			t.Errorf("%s: %s, %v", c.name, said.Outcome, said.Err)
		}
		if len(o.seen) > 45 {
			t.Errorf("%s: %d requests", c.name, len(o.seen))
		}
	}
}

func TestAnAssertionNamesTheSubscriberTheScopeAndLittleTime(t *testing.T) {
	t.Parallel()
	o := &operator{t: t}
	e, _ := o.subject(byBearer)
	for range 2 { // a token serves one question
		if said := e.Ask(t.Context(), asked); said.Outcome != models.OutcomeFound {
			t.Fatalf("%s, %v", said.Outcome, said.Err)
		}
	}
	ids := map[string]bool{}
	for _, form := range o.seen {
		var claims assertionClaims
		_, err := jwt.NewParser(jwt.WithoutClaimsValidation()).ParseWithClaims(form["assertion"], &claims, func(*jwt.Token) (any, error) { return testKey().Public(), nil })
		if err != nil || form["grant_type"] != grantJWTBearer || form["scope"] != "" {
			t.Errorf("%v, %v", form, err)
		}
		if claims.Subject != "tel:+2348031234567" || claims.Issuer != "client-1" || claims.Scope != "dpv:FraudPreventionAndDetection a:b" ||
			claims.ExpiresAt.Sub(noon) > 300*time.Second || !claims.IssuedAt.Equal(noon) {
			t.Errorf("%+v", claims)
		}
		ids[claims.ID] = true
	}
	if len(o.seen) != 2 || len(ids) != 2 {
		t.Errorf("%d requests with %d assertions", len(o.seen), len(ids))
	}
}

func TestAQuestionThatEndsWhileASubscriberThinksIsOver(t *testing.T) {
	t.Parallel()
	o := &operator{t: t, says: []string{opened}}
	e, _ := o.subject(byCIBA)
	ctx, cancel := context.WithCancel(t.Context())
	e.sleep = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	if said := e.Ask(ctx, asked); said.Outcome != models.OutcomeNotApplicable || len(o.seen) != 1 {
		t.Errorf("%s after %d requests", said.Outcome, len(o.seen))
	}
}

// A token of one kind does not do for the other: the number stands in the token or in the body, and never in both.
func TestTheNumberStandsWhereTheTokensKindWantsIt(t *testing.T) {
	t.Parallel()
	glass := &hourglass{at: noon}
	sim := simulator.New(simulator.Options{Now: glass.now})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	a := camaraAccount(t, sim, server.URL)
	for auth, bodies := range map[string]map[string]models.Outcome{
		`{kind: oauth2_client_credentials, client: [private_key_jwt], scope: "dpv:FraudPreventionAndDetection sim-swap:check"}`: {
			`{phoneNumber: "{{e164}}"}`: models.OutcomeFound, `{}`: models.OutcomeCredentials,
		},
		`{kind: jwt_bearer, client: [private_key_jwt], scope: "dpv:FraudPreventionAndDetection sim-swap:check"}`: {
			`{phoneNumber: "{{e164}}"}`: models.OutcomeCredentials, `{}`: models.OutcomeFound,
		},
	} {
		for body, want := range bodies {
			d := defined(t, fmt.Sprintf(signalText, auth, body))
			e, err := Parts{Vendors: vendorsAt(d.Vendor, a), Now: glass.now, Limits: allowed}.newEndpoint(d)
			if err != nil {
				t.Fatal(err)
			}
			if said := e.Ask(t.Context(), Inquiry{Phone: models.PhoneFromE164("+2348031234500")}); said.Outcome != want {
				t.Errorf("%s %s: %s, HTTP %d", auth, body, said.Outcome, said.HTTP)
			}
			_ = e.Close()
		}
	}
}

const signalText = `
swap:
  vendor: camara
  mode: signal
  source: telco:own
  auth: %s
  request: {method: POST, path: /sim-swap/v2/check, headers: {Authorization: "Bearer {{access_token}}"}, json: %s}
  classify:
    - {http: [200], exists: swapped, outcome: found}
    - {path: code, in: [MISSING_IDENTIFIER, UNNECESSARY_IDENTIFIER], outcome: credentials}
  signals: {sim_swapped: swapped}
`

func TestAVendorsAccountCannotSendTokensElsewhere(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"https://elsewhere.example/x", "//elsewhere.example", "a?b=c"} {
		text := strings.Replace(plainPost, "{kind: none}", strings.Replace(byCIBA, "{kind", `{authorize: "`+where+`", kind`, 1), 1)
		if _, problems := parseDefinitions("x.yaml", []byte(text)); !mentions(problems, "x.yaml:7: ", "auth.authorize is a path") {
			t.Errorf("%s: %v", where, problems)
		}
	}
	parts := Parts{Vendors: vendorsAt("acme", config.Vendor{Base: "https://a.example", ClientID: "c"}), Now: atNoon}
	if _, err := parts.newEndpoint(defined(t, fmt.Sprintf(signalText, byBearer, "{}"))); err == nil {
		t.Error("an account without a key is taken")
	}
}
