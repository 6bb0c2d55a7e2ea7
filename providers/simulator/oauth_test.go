package simulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/providers/simulator"
)

const anAPI = "kyc-fill-in:set-all"

// askToken sends a form for client credentials with changes.
func (r *rig) askToken(scope string, change url.Values, headers ...string) answer {
	r.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	for name, values := range change {
		form[name] = values
	}
	return r.send("POST", r.vendors["camara"].TokenURL, form.Encode(), headers...)
}

func asserted(text string) url.Values {
	return url.Values{"client_assertion_type": {assertionType}, "client_assertion": {text}}
}

func TestAnAssertionCountsOnlyIfEverythingAboutItIsRight(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := r.now().Unix()
	for name, spoil := range map[string]func(jwt.MapClaims){
		"expired":              func(c jwt.MapClaims) { c["exp"] = now },
		"without an end":       func(c jwt.MapClaims) { delete(c, "exp") },
		"good for too long":    func(c jwt.MapClaims) { c["exp"] = now + 301 },
		"too long without iat": func(c jwt.MapClaims) { delete(c, "iat"); c["exp"] = now + 301 },
		"issued in the future": func(c jwt.MapClaims) { c["iat"], c["exp"] = now+60, now+120 },
		"for somebody else":    func(c jwt.MapClaims) { c["aud"] = "https://example.com/token" },
		"for nobody":           func(c jwt.MapClaims) { delete(c, "aud") },
		"of another issuer":    func(c jwt.MapClaims) { c["iss"] = "another" },
		"about another client": func(c jwt.MapClaims) { c["sub"] = "another" },
		"without an id":        func(c jwt.MapClaims) { delete(c, "jti") },
		"not yet valid":        func(c jwt.MapClaims) { c["nbf"] = now + 60 },
	} {
		got := r.askToken(anAPI, asserted(r.assertion(spoil)))
		if got.status != http.StatusUnauthorized || got.get("error") != "invalid_client" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	good := r.assertion(nil)
	if got := r.askToken(anAPI, asserted(good)); got.status != http.StatusOK || got.get("token_type") != "Bearer" || got.get("expires_in") != "900" {
		t.Errorf("good: %d %s", got.status, got.body)
	}
	if got := r.askToken(anAPI, asserted(good)); got.status != http.StatusUnauthorized || got.get("error_description") != "jti was used before" {
		t.Errorf("replayed: %d %s", got.status, got.body)
	}
	if got := r.askToken(anAPI, url.Values{"client_assertion": {r.assertion(nil)}}); got.status != http.StatusUnauthorized {
		t.Errorf("without a type: %d %s", got.status, got.body)
	}
}

func TestAnAssertionOfAnotherKeyOrAlgorithmDoesNotCount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	claims := jwt.MapClaims{
		"iss": r.vendors["camara"].ClientID, "sub": r.vendors["camara"].ClientID, "aud": r.vendors["camara"].TokenURL,
		"exp": r.now().Add(time.Minute).Unix(), "jti": "1",
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for method, key := range map[jwt.SigningMethod]any{
		jwt.SigningMethodRS256: other, jwt.SigningMethodNone: jwt.UnsafeAllowNoneSignatureType,
		jwt.SigningMethodHS256: []byte(r.vendors["camara"].Secret),
	} {
		signed, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.askToken(anAPI, asserted(signed)); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", method.Alg(), got.status, got.body)
		}
	}
	own := newRig(t, func(o *simulator.Options) { o.Key = other })
	claims["aud"] = own.vendors["camara"].TokenURL
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(other)
	if err != nil {
		t.Fatal(err)
	}
	if got := own.askToken(anAPI, asserted(signed)); got.status != http.StatusOK {
		t.Errorf("RSA, where that is the client's key: %d %s", got.status, got.body)
	}
}

func TestThePrivateKeyOfTheCredentialsIsTheClients(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	block, _ := pem.Decode([]byte(r.vendors["camara"].PrivateKey))
	if block == nil || block.Type != "PRIVATE KEY" {
		t.Fatal("no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	r.key = key.(crypto.Signer)
	if r.token(anAPI, "") == "" {
		t.Error("no token")
	}
}

func TestASecretInTheFormOrTheBasicHeaderDoesAsWell(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	with := r.vendors["camara"]
	req, _ := http.NewRequest(http.MethodGet, "/", http.NoBody)
	req.SetBasicAuth(with.ClientID, with.Secret)
	basic := req.Header.Get("Authorization")
	if got := r.askToken(anAPI, nil, "Authorization", basic); got.status != http.StatusOK {
		t.Errorf("basic: %d %s", got.status, got.body)
	}
	if got := r.askToken(anAPI, url.Values{"client_id": {with.ClientID}, "client_secret": {with.Secret}}); got.status != http.StatusOK {
		t.Errorf("form: %d %s", got.status, got.body)
	}
	if got := r.askToken(anAPI, url.Values{"client_id": {with.ClientID}, "client_secret": {"wrong"}}); got.status != http.StatusUnauthorized {
		t.Errorf("wrong: %d %s", got.status, got.body)
	}
	if got := r.askToken("openid dpv:FraudPreventionAndDetection", nil, "Authorization", basic); got.get("error") != "invalid_scope" {
		t.Errorf("no scope: %d %s", got.status, got.body)
	}
	if got := r.askToken(anAPI+" dpv:A dpv:B", nil, "Authorization", basic); got.get("error") != "invalid_scope" {
		t.Errorf("two purposes: %d %s", got.status, got.body)
	}
	if got := r.askToken(anAPI, url.Values{"grant_type": {"password"}}, "Authorization", basic); got.get("error") != "unsupported_grant_type" {
		t.Errorf("another grant: %d %s", got.status, got.body)
	}
}

func TestATokenEndsAndCanBeEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.TokenLife = time.Minute })
	q := r.about(firstOfEach(t)["camara_fill_in"], "+2348031234500")
	r.pass(time.Minute - time.Second)
	if got := r.ask(q); got.status != http.StatusOK {
		t.Errorf("before its end: %d %s", got.status, got.body)
	}
	r.pass(time.Second)
	if got := r.ask(q); got.status != http.StatusUnauthorized || got.get("code") != "UNAUTHENTICATED" {
		t.Errorf("at its end: %d %s", got.status, got.body)
	}
	q = r.about(firstOfEach(t)["camara_fill_in"], "+2348031234500")
	r.must("vendors/camara", `{"expire_tokens":true}`)
	if got := r.ask(q); got.status != http.StatusUnauthorized {
		t.Errorf("ended: %d %s", got.status, got.body)
	}
}

func TestASubscriberConsentsOverTheBackChannelAfterSomePolls(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := url.Values{"scope": {"openid dpv:FraudPreventionAndDetection kyc-fill-in:set-all"}, "login_hint": {"tel:+2348031234500"}}
	form := func(more ...url.Values) string {
		all := asserted(r.assertion(nil))
		for _, values := range more {
			maps.Copy(all, values)
		}
		return all.Encode()
	}
	door := r.vendors["camara"].Base + "/bc-authorize"
	if got := r.send("POST", door, ask.Encode()); got.status != http.StatusUnauthorized {
		t.Errorf("without a client: %d %s", got.status, got.body)
	}
	if got := r.send("POST", door, form(ask, url.Values{"login_hint": {"tel:+2348031234501"}})); got.get("error") != "unknown_user_id" {
		t.Errorf("unknown: %d %s", got.status, got.body)
	}
	id := r.send("POST", door, form(ask)).get("auth_req_id")
	poll := func() answer {
		return r.askToken("", url.Values{
			"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {id},
			"client_assertion_type": {assertionType}, "client_assertion": {r.assertion(nil)},
		})
	}
	for after, want := range []string{"authorization_pending", "slow_down"} { // the second comes at once
		if after == 0 {
			r.pass(2 * time.Second)
		}
		if got := poll(); got.get("error") != want {
			t.Errorf("poll %d: %d %s", after+1, got.status, got.body)
		}
	}
	r.pass(7 * time.Second)
	token := "Bearer " + poll().get("access_token")
	if got := poll(); got.get("error") != "invalid_grant" {
		t.Errorf("after the token: %d %s", got.status, got.body)
	}
	fillIn := r.vendors["camara"].Base + "/kyc-fill-in/v0.4/fill-in"
	if got := r.send("POST", fillIn, `{}`, "Authorization", token); got.get("phoneNumber") != "+2348031234500" {
		t.Errorf("for the token's number: %d %s", got.status, got.body)
	}
	if got := r.send("POST", fillIn, `{"phoneNumber":"+2348031234500"}`, "Authorization", token); got.get("code") != "UNNECESSARY_IDENTIFIER" {
		t.Errorf("with the number as well: %d %s", got.status, got.body)
	}
}
