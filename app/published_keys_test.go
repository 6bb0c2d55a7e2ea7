package app_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/access"
	"whoseline/app"
	"whoseline/config"
	"whoseline/models"
	"whoseline/storage/storagetest"
)

// provider is an identity provider that publishes its keys.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	keys   map[string]ed25519.PrivateKey // by id
	answer func(http.ResponseWriter)     // nil = the keys
	asked  int
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{keys: map[string]ed25519.PrivateKey{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// ServeHTTP publishes the keys.
func (p *provider) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.answer != nil {
		p.answer(w)
		return
	}
	list := []map[string]string{}
	for id, key := range p.keys {
		x := base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
		list = append(list, map[string]string{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": id, "x": x})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": list})
}

// publish makes a key public and takes the others back.
func (p *provider) publish(t *testing.T, id string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = map[string]ed25519.PrivateKey{id: key}
}

func (p *provider) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// token is of the provider's newest key, under any name.
func (p *provider) token(t *testing.T, id string, now time.Time) string {
	t.Helper()
	made := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": p.URL, "aud": "whoseline", "sub": "ada", "exp": now.Add(time.Hour).Unix(),
	})
	made.Header["kid"] = id
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range p.keys {
		text, err := made.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Fatal("no key")
	return ""
}

// sight is an app whose clock the test moves.
type sight struct {
	*app.App
	mu  sync.Mutex
	now time.Time
}

func (s *sight) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *sight) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func newSight(t *testing.T, loopback bool) *sight {
	t.Helper()
	settings := config.Default()
	settings.Database.URL = storagetest.MigratedURL(t, "sqlite")
	settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	settings.Faces.AllowLoopback = loopback
	s := &sight{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	s.App = opened(t, settings, models.World{Now: s.clock, NewID: models.RealWorld().NewID})
	if _, err := s.Businesses.Create(t.Context(), access.NewBusiness{ID: "shop", Name: "Shop"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sight) trust(t *testing.T, p *provider) {
	t.Helper()
	_, err := s.Issuers.Set(t.Context(), access.NewIssuer{BusinessID: "shop", Issuer: p.URL, Audience: "whoseline", JWKSURL: p.URL + "/keys"})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *sight) reads(t *testing.T, token string) bool {
	t.Helper()
	got, err := s.Subjects.Read(t.Context(), token)
	if err != nil && models.CodeOf(err) != models.Unauthorized {
		t.Fatal(err)
	}
	return err == nil && got.Subject == "ada"
}

func TestPublishedKeysAreFetchedOnceAndAgainWhenANewOneIsUsed(t *testing.T) {
	t.Parallel()
	s, p := newSight(t, true), newProvider(t)
	s.trust(t, p)
	p.publish(t, "k-1")
	first := p.token(t, "k-1", s.clock())
	for range 3 {
		if !s.reads(t, first) {
			t.Fatal("a good token was refused")
		}
	}
	if p.times() != 1 {
		t.Errorf("asked %d times", p.times())
	}
	p.publish(t, "k-2")
	second := p.token(t, "k-2", s.clock())
	if s.reads(t, second) {
		t.Error("the keys were asked for too soon")
	}
	s.pass(10 * time.Second)
	if !s.reads(t, second) || p.times() != 2 {
		t.Errorf("the new key is not used; asked %d times", p.times())
	}
	for deadline := time.Now().Add(10 * time.Second); s.reads(t, first); { // the library lets go of the old one a moment after it answers
		if time.Now().After(deadline) {
			t.Fatal("the old key is still used")
		}
	}
	for range 5 { // anybody can write such a token
		s.reads(t, p.token(t, "made up", s.clock()))
	}
	if p.times() != 2 {
		t.Errorf("asked %d times", p.times())
	}
}

func TestAKeyThatWasTakenBackIsBelievedForAQuarterOfAnHourAtMost(t *testing.T) {
	t.Parallel()
	s, p := newSight(t, true), newProvider(t)
	s.trust(t, p)
	p.publish(t, "k-1")
	token := p.token(t, "k-1", s.clock())
	if !s.reads(t, token) {
		t.Fatal("a good token was refused")
	}
	p.publish(t, "k-2")
	s.pass(15*time.Minute - time.Second)
	if !s.reads(t, token) {
		t.Error("the keys are not kept")
	}
	s.pass(time.Second)
	if s.reads(t, token) {
		t.Error("the key is still believed")
	}
}

// Anybody can write a token whose key is unknown, and so decide when the keys are asked for. That must not lock out
// those who come when the keys are due anyway.
func TestKeysThatAreDueAreFetchedWhoeverAskedJustBefore(t *testing.T) {
	t.Parallel()
	s, p := newSight(t, true), newProvider(t)
	s.trust(t, p)
	p.publish(t, "k-1")
	token := p.token(t, "k-1", s.clock())
	if !s.reads(t, token) {
		t.Fatal("a good token was refused")
	}
	s.pass(15*time.Minute - time.Second)
	if s.reads(t, p.token(t, "made up", s.clock())) || p.times() != 2 {
		t.Fatalf("asked %d times", p.times())
	}
	s.pass(time.Second)
	if !s.reads(t, token) {
		t.Error("a good token is refused")
	}
}

func TestAProviderThatAnswersNonsenseIsBelievedInNothing(t *testing.T) {
	t.Parallel()
	s, p := newSight(t, true), newProvider(t)
	s.trust(t, p)
	p.publish(t, "k-1")
	token := p.token(t, "k-1", s.clock())
	for what, answer := range map[string]func(http.ResponseWriter){
		"a failure":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"no JSON":    func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
		"a redirect": func(w http.ResponseWriter) { w.Header().Set("Location", p.URL); w.WriteHeader(http.StatusFound) },
		"too much": func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"pad":"` + strings.Repeat("x", 2<<20) + `","keys":[]}`))
		},
	} {
		p.mu.Lock()
		p.answer = answer
		p.mu.Unlock()
		s.pass(10 * time.Second)
		if s.reads(t, token) {
			t.Errorf("%s: believed", what)
		}
	}
	p.mu.Lock()
	p.answer = nil
	p.mu.Unlock()
	s.pass(10 * time.Second)
	if !s.reads(t, token) {
		t.Error("it is not believed again")
	}
}

func TestKeysOnThisMachineAreNotFetchedUnlessTheOperatorLetsThem(t *testing.T) {
	t.Parallel()
	s, p := newSight(t, false), newProvider(t)
	p.publish(t, "k-1")
	_, port, _ := strings.Cut(strings.TrimPrefix(p.URL, "http://"), ":")
	for _, url := range []string{p.URL, "https://localhost:" + port} {
		_, err := s.Issuers.Set(t.Context(), access.NewIssuer{BusinessID: "shop", Issuer: p.URL, Audience: "whoseline", JWKSURL: url})
		if models.CodeOf(err) != models.Invalid {
			t.Errorf("set %s: %v", url, err)
		}
	}
	if s.reads(t, p.token(t, "k-1", s.clock())) || p.times() != 0 {
		t.Error("this machine was asked")
	}
}

func TestAKeyForAnotherPurposeVerifiesNothing(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.publish(t, "k")
	token := p.token(t, "k", time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	for more, good := range map[string]bool{
		``: true, `,"use":"sig"`: true, `,"key_ops":["verify"]`: true, `,"use":"sig","key_ops":["sign","verify"]`: true, `,"use":null`: true,
		`,"use":"enc"`: false, `,"use":""`: false, `,"key_ops":["encrypt"]`: false, `,"key_ops":[]`: false, `,"use":"sig","key_ops":["deriveKey"]`: false,
		`,"use":"enc","key_ops":["verify"]`: false, `,"use":7`: false,
	} {
		p.answerWith(more)
		s := newSight(t, true)
		s.trust(t, p)
		if s.reads(t, token) != good {
			t.Errorf("a key with %q is believed: %t", more, !good)
		}
	}
}

// answerWith publishes the keys with further members.
func (p *provider) answerWith(more string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var keys []string
	for id, key := range p.keys {
		x := base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
		keys = append(keys, `{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"`+id+`","x":"`+x+`"`+more+`}`)
	}
	p.answer = func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"keys":[` + strings.Join(keys, ",") + `]}`)) }
}
