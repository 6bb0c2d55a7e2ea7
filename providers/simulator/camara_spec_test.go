package simulator_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"whoseline/providers/simulator"
)

// specs names the variable that says where the published OpenAPI files are.
const specs = "CAMARA_SPECS"

// undeclared are the answers that the table gives although the operation's file does not list their status.
var undeclared = map[string][]int{
	"kyc-fill-in": {429, 503}, "kyc-match": {429, 503}, "sim-swap": {503}, "kyc-tenure": {429, 503},
	"number-recycling": {429, 503}, "number-verification": {404, 429, 503}, "one-time-password-sms": {503},
}

// operation is what is asked of a published operation, for the number that stands for %s.
type operation struct {
	file, version, path, scope string
	method, body               string
	device                     bool
}

var operations = []operation{
	{"kyc-fill-in", "v0.4", "/fill-in", "kyc-fill-in:set-all", "POST", `{"phoneNumber":"%s"}`, false},
	{"kyc-match", "v0.4", "/match", "kyc-match:match", "POST", `{"phoneNumber":"%s","name":"A B","birthdate":"1990-01-01","email":"a@example.com","gender":"OTHER"}`, false},
	{"sim-swap", "v2", "/check", "sim-swap:check", "POST", `{"phoneNumber":"%s","maxAge":120}`, false},
	{"sim-swap", "v2", "/retrieve-date", "sim-swap:retrieve-date", "POST", `{"phoneNumber":"%s"}`, false},
	{"kyc-tenure", "v0.2", "/check-tenure", "kyc-tenure:check-tenure", "POST", `{"phoneNumber":"%s","tenureDate":"2023-07-03"}`, false},
	{"number-recycling", "v0.2", "/check", "number-recycling:check", "POST", `{"phoneNumber":"%s","specifiedDate":"2024-10-31"}`, false},
	{"number-verification", "v2", "/verify", "number-verification:verify", "POST", `{"phoneNumber":"%s"}`, true},
	{"number-verification", "v2", "/device-phone-number", "number-verification:device-phone-number:read", "GET", ``, true},
	{"one-time-password-sms", "v1", "/send-code", "one-time-password-sms:send-validate", "POST", `{"phoneNumber":"%s","message":"Your code is {{code}}"}`, false},
}

func TestCamaraIsSpokenAsPublished(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(specs)
	if folder == "" {
		t.Log("not run: set " + specs + " to the folder of CAMARA's published OpenAPI files")
		t.Skip(specs + " is not set")
	}
	r := newRig(t)
	checked := 0
	for _, op := range operations {
		published := r.spec(folder, op.file, op.version)
		for _, digit := range []int{0, 1, 2, 3, 4, 5, 6, 7} {
			number := fmt.Sprintf("+234803123450%d", digit)
			subject := ""
			if op.device {
				subject = number
			}
			body := strings.Replace(op.body, "%s", number, 1)
			checked += published.exchange(op, body, r.token(op.scope, subject))
			checked += published.exchange(op, body, "wrong")
			checked += published.exchange(op, body, r.token("another:scope", subject))
		}
	}
	checked += r.spec(folder, "kyc-match", "v0.4").matches()
	checked += r.spec(folder, "one-time-password-sms", "v1").validations()
	t.Logf("%d answers were checked", checked)
	if checked < 150 {
		t.Error("that is too few")
	}
}

// spec is a published file and a simulator that is to follow it.
type spec struct {
	*rig
	router routers.Router
}

func (r *rig) spec(folder, file, version string) spec {
	t := r.t
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, file+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: r.url + "/camara/" + file + "/" + version}}
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return spec{r, router}
}

// exchange sends a request that must be a valid one, and counts the answer if it could be checked.
func (s spec) exchange(op operation, body, token string) int {
	r, t := s.rig, s.t
	t.Helper()
	url := r.url + "/camara/" + op.file + "/" + op.version + op.path
	req, err := http.NewRequest(op.method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-correlator", "b4333c46-49c0-4f62-80d7-f0ef930f1c46")
	route, params, err := s.router.FindRoute(req)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	asked := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateRequest(t.Context(), asked); err != nil {
		t.Errorf("%s %s: %v", url, body, err)
	}
	got := r.send(op.method, url, body, "Authorization", "Bearer "+token, "x-correlator", req.Header.Get("x-correlator"))
	if route.Operation.Responses.Status(got.status) == nil {
		if !slices.Contains(undeclared[op.file], got.status) {
			t.Errorf("%s %s: %d is not declared: %s", url, body, got.status, got.body)
		}
		return 0
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: asked, Status: got.status, Header: got.header, Options: asked.Options,
		Body: io.NopCloser(strings.NewReader(got.body)),
	})
	if err != nil {
		t.Errorf("%s %s: %d %s: %v", url, body, got.status, got.body, err)
	}
	return 1
}

// validations types a code wrongly, rightly and again.
func (s spec) validations() (checked int) {
	s.t.Helper()
	token := s.token("one-time-password-sms:send-validate", "")
	id := s.camara("/one-time-password-sms/v1/send-code", `{"phoneNumber":"+2348031234500","message":"{{code}}"}`, token).get("authenticationId")
	op := operation{"one-time-password-sms", "v1", "/validate-code", "", "POST", "", false}
	for _, code := range []string{"000000", "234500", "234500"} {
		checked += s.exchange(op, `{"authenticationId":"`+id+`","code":"`+code+`"}`, token)
	}
	return checked + s.exchange(op, `{"authenticationId":"unknown","code":"1"}`, token)
}

// matches compares the owner's own data, since the operations above are asked about a stranger, and another's document.
func (s spec) matches() int {
	s.t.Helper()
	p := simulator.PersonOf("+2348031234504")
	op := operation{"kyc-match", "v0.4", "/match", "", "POST", "", false}
	token := s.token("kyc-match:match", "")
	own := `{"phoneNumber":"+2348031234504","idDocument":"` + p.NIN + `","name":"` + p.First + `","nameKanaHankaku":"x","locality":"` + p.Town + `"}`
	return s.exchange(op, own, token) +
		s.exchange(op, `{"phoneNumber":"+2348031234504","idDocument":"another"}`, token)
}
