package vendor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/gate"
)

// noon is when the tests take place.
var noon = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

var readBuiltIn = sync.OnceValues(func() (*Catalog, error) { return Definitions("") })

// catalogue gives the definitions that are built in.
func catalogue(t testing.TB) *Catalog {
	t.Helper()
	made, err := readBuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// served starts a far side on a loopback socket.
func served(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// allowed is what a vendor may take where its definition says nothing.
var allowed = gate.Limits{Timeout: 4 * time.Second, MaxInflight: 64}

// account is one that has everything, at a far side.
func account(t testing.TB, base string) config.Vendor {
	return config.Vendor{
		Base: base, Secret: "s3cret", AppID: "app-1", ClientID: "client-1", PartnerID: "0042", TokenURL: base + "/the/token",
		PrivateKeyFile: keyFile(t), CallbackURL: "https://gateway.example/upstream/vendor",
	}
}

// endpoint makes a definition ready to be asked, and closes it in the end.
func endpoint(t testing.TB, d *definition, a config.Vendor) *Endpoint {
	t.Helper()
	made, err := Parts{Vendors: vendorsAt(d.Vendor, a), Now: atNoon, Limits: allowed}.newEndpoint(d)
	if err != nil {
		t.Fatal(err)
	}
	made.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	t.Cleanup(func() { _ = made.Close() })
	return made
}

// hourglass is a clock that only sleeping moves, for a far side and a client that must agree about time.
type hourglass struct {
	mu sync.Mutex
	at time.Time
}

func (h *hourglass) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hourglass) sleep(ctx context.Context, span time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(span)
	return ctx.Err()
}

// defined reads one definition from YAML.
func defined(t testing.TB, text string) *definition {
	t.Helper()
	made, problems := parseDefinitions("test.yaml", []byte(text))
	if len(problems) > 0 || len(made) != 1 {
		t.Fatalf("%d definitions, problems %v", len(made), problems)
	}
	return made[0]
}

var testKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

func keyFile(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(testKey())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var asked = Inquiry{Phone: models.PhoneFromE164("+2348031234567"), Reference: "65e00ad79fab1f8faaf44b9f"}

// plainPost and plainGet are the smallest definitions of their kind.
const plainPost = `
plain_post:
  vendor: plain
  mode: owner
  source: nimc
  optional: [secret]
  auth: {kind: none}
  request: {method: POST, path: /ask, headers: {key: "{{secret}}"}, json: {number: "{{e164}}"}}
  classify: [{http: [200], exists: name, outcome: found}]
  fields: {full: name}
`

const plainGet = `
plain_get:
  vendor: plain
  mode: owner
  source: nimc
  optional: [secret]
  auth: {kind: none}
  request: {method: GET, path: /ask, query: {number: "{{e164}}", key: "{{secret}}"}}
  classify: [{http: [200], exists: name, outcome: found}]
  fields: {full: name}
`

const jane = `{"name": "Jane  Okoro"}`

// everyAccount gives a complete account with every vendor that is built in, at a far side that nobody reaches.
func everyAccount(t testing.TB) map[string]config.Vendor {
	all := map[string]config.Vendor{}
	for _, name := range catalogue(t).Vendors() {
		all[name] = account(t, "https://vendor.example")
	}
	return all
}
