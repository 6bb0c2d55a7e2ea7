package simulator_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/tidwall/gjson"
	"go.uber.org/goleak"

	"whoseline/providers/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a simulator on a socket, with a clock and a sleep that the test holds.
type rig struct {
	*simulator.Simulator
	t       *testing.T
	url     string
	vendors map[string]simulator.Credentials
	key     crypto.Signer
	client  *http.Client

	mu    sync.Mutex
	clock time.Time
	slept []time.Duration
	jti   int
}

func newRig(t *testing.T, change ...func(*simulator.Options)) *rig {
	t.Helper()
	r := &rig{t: t, clock: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	r.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	options := simulator.Options{Now: r.now, Sleep: r.sleep, Key: r.key}
	for _, c := range change {
		c(&options)
	}
	r.serve(options)
	return r
}

func (r *rig) serve(options simulator.Options) {
	r.Simulator = simulator.New(options)
	server := httptest.NewServer(r.Simulator)
	r.url, r.vendors = server.URL, r.Credentials(server.URL)
	r.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r.t.Cleanup(server.Close)
	r.t.Cleanup(r.Close)
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

func (r *rig) sleep(ctx context.Context, d time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slept = append(r.slept, d)
	return ctx.Err()
}

// naps gives what was slept since it was last asked.
func (r *rig) naps() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	naps := r.slept
	r.slept = nil
	return naps
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (a answer) get(path string) string { return gjson.Get(a.body, path).String() }

// send asks, with headers in pairs.
func (r *rig) send(method, url, body string, headers ...string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header[headers[i]] = []string{headers[i+1]}
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(text), err: err}
}

// post sends JSON to a path below the root.
func (r *rig) post(path, body string, headers ...string) answer {
	r.t.Helper()
	return r.send(http.MethodPost, r.url+path, body, headers...)
}

// must asks the control plane.
func (r *rig) must(path, body string) answer {
	r.t.Helper()
	said := r.post("/__sim/"+path, body)
	if said.status != http.StatusOK {
		r.t.Fatalf("%s: %d %s %v", path, said.status, said.body, said.err)
	}
	return said
}

// assertion signs claims as CAMARA's client; change may spoil them.
func (r *rig) assertion(change func(jwt.MapClaims)) string {
	r.t.Helper()
	r.mu.Lock()
	r.jti++
	said := jwt.MapClaims{
		"iss": r.vendors["camara"].ClientID, "sub": r.vendors["camara"].ClientID, "aud": r.vendors["camara"].TokenURL,
		"iat": r.clock.Unix(), "exp": r.clock.Add(5 * time.Minute).Unix(), "jti": r.jti,
	}
	r.mu.Unlock()
	said["jti"] = strings.Repeat("j", said["jti"].(int))
	if change != nil {
		change(said)
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, said).SignedString(r.key)
	if err != nil {
		r.t.Fatal(err)
	}
	return signed
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// token asks CAMARA for a token, of a number's device if one is given.
func (r *rig) token(scope, number string) string {
	r.t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope},
		"client_assertion_type": {assertionType}, "client_assertion": {r.assertion(nil)},
	}
	if number != "" {
		form = url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
			"assertion":  {r.assertion(func(c jwt.MapClaims) { c["sub"], c["scope"] = "tel:"+number, scope })},
		}
	}
	said := r.send(http.MethodPost, r.vendors["camara"].TokenURL, form.Encode())
	if said.status != http.StatusOK || said.get("access_token") == "" {
		r.t.Fatalf("%d %s %v", said.status, said.body, said.err)
	}
	return said.get("access_token")
}
