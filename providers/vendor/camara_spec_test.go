package vendor

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/simulator"
)

// censor stands before the simulated operator and holds every exchange against what CAMARA has published.
type censor struct {
	t       *testing.T
	far     http.Handler
	routers map[string]routers.Router // by the first part of the path
	checked atomic.Int64
}

func newCensor(t *testing.T, far http.Handler, folder string) *censor {
	t.Helper()
	c := &censor{t: t, far: far, routers: map[string]routers.Router{}}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no specifications in %s: %v", folder, err)
	}
	for _, file := range files {
		document, err := openapi3.NewLoader().LoadFromFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		url := strings.NewReplacer("{apiRoot}", "/camara").Replace(document.Servers[0].URL)
		document.Servers = openapi3.Servers{{URL: url}}
		if c.routers[name], err = gorillamux.NewRouter(document); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *censor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	api, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/camara/"), "/")
	router, published := c.routers[api]
	if !published {
		c.far.ServeHTTP(w, r) // where tokens come from
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := router.FindRoute(r)
	if err != nil {
		c.t.Errorf("%s: %v", r.URL.Path, err)
		return
	}
	asked := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), asked); err != nil {
		c.t.Errorf("%s %s: %v", r.URL.Path, body, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	said := httptest.NewRecorder()
	c.far.ServeHTTP(said, r)
	c.judge(asked, said)
	for name, values := range said.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(said.Code)
	_, _ = w.Write(said.Body.Bytes())
}

// judge holds an answer against the specification, unless its status is not in there.
func (c *censor) judge(asked *openapi3filter.RequestValidationInput, said *httptest.ResponseRecorder) {
	if asked.Route.Operation.Responses.Status(said.Code) == nil {
		return
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: asked, Status: said.Code, Header: said.Header(), Options: asked.Options,
		Body: io.NopCloser(bytes.NewReader(said.Body.Bytes())),
	})
	if err != nil {
		c.t.Errorf("%s: %d %s: %v", asked.Request.URL.Path, said.Code, said.Body, err)
	}
	c.checked.Add(1)
}

func TestWhatIsAskedOfAndHeardFromCamaraIsAsPublished(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CAMARA_SPECS")
	if folder == "" {
		t.Log("not run: set CAMARA_SPECS to the folder of CAMARA's published OpenAPI files")
		t.Skip("CAMARA_SPECS is not set")
	}
	glass := &hourglass{at: noon}
	sim := simulator.New(simulator.Options{Now: glass.now, Sleep: func(context.Context, time.Duration) error { return nil }})
	far := newCensor(t, sim, folder)
	a := camaraAccount(t, sim, served(t, far.ServeHTTP).URL)
	parts := Parts{Vendors: map[string]config.Vendor{"camara": a}, Now: glass.now, Sleep: glass.sleep, Limits: allowed}
	for _, d := range catalogue(t).List() {
		if d.Vendor == "camara" {
			e, err := parts.Endpoint(d.Name)
			if err != nil {
				t.Fatal(err)
			}
			askedAsPublished(t, e)
			_ = e.Close()
		}
	}
	if n := far.checked.Load(); n < 40 {
		t.Errorf("%d answers were checked: that is too few", n)
	}
}

// askedAsPublished asks about every digit whose answer is the operator's own, not a broken line's.
func askedAsPublished(t *testing.T, e *Endpoint) {
	t.Helper()
	for _, digit := range "01234567" {
		e.Ask(t.Context(), Inquiry{
			Phone: models.PhoneFromE164("+234803000000" + string(digit)), First: "Ada", Middle: "B", Last: "Eze", Full: "Ada B Eze",
			BirthDate: "1990-01-01", MaxAgeHours: 240, Reference: "65e00ad79fab1f8faaf44b9f", TenureDate: "2020-01-01", SpecifiedDate: "2020-01-01",
		})
	}
}

// camaraAccount is the client that the simulated operator knows.
func camaraAccount(t *testing.T, sim *simulator.Simulator, base string) config.Vendor {
	t.Helper()
	c := sim.Credentials(base)["camara"]
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(c.PrivateKey), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Vendor{Base: c.Base, ClientID: c.ClientID, TokenURL: c.TokenURL, PrivateKeyFile: file}
}
