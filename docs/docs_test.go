package docs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"whoseline/docs"
	"whoseline/test/openapi"
)

// load gives the API document without what it leaves open, with its references and examples checked, and its router.
func load(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	document, err := docs.Files.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi.Strict(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableMultiError()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

func TestTheDocumentIsValidOpenAPI31(t *testing.T) {
	t.Parallel()
	doc, _ := load(t)
	if !doc.IsOpenAPI31OrLater() {
		t.Fatalf("version %s", doc.OpenAPI)
	}
}

// answer is what a gateway sent.
type answer struct {
	method, path string
	status       int
	contentType  string
	body         string
}

func (a answer) check(t *testing.T, router routers.Router) error {
	t.Helper()
	req := httptest.NewRequest(a.method, "http://localhost"+a.path, http.NoBody)
	route, params, err := router.FindRoute(req)
	if err != nil {
		t.Fatal(err)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 a.status,
		Header: http.Header{
			"Content-Type": {a.contentType}, "Request-Id": {"r-1"}, "Cache-Control": {"no-store"},
			"Whoseline-Charge": {"50.00 NGN"}, "Whoseline-Balance": {"950.00 NGN"}, "Whoseline-Ledger-Entry": {"3"},
			"Idempotent-Replayed": {"true"}, "Ratelimit": {`"default";r=9;t=1`}, "Ratelimit-Remaining": {"9"},
		},
		Body:    io.NopCloser(strings.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	return openapi3filter.ValidateResponse(t.Context(), input)
}

// The golden answer of Y-1, handlers/testdata/youverify/found.txtar.
const found = `{"success":true,"statusCode":200,"message":"success","data":{"id":"61b934dfaab326675cdfaab3","address":null,"parentId":"612ce40ab8919f39faf7ae49","status":"found","reason":null,"dataValidation":false,"selfieValidation":false,"allValidationPassed":true,"firstName":null,"middleName":null,"lastName":null,"image":null,"email":null,"nin":null,"birthState":null,"religion":null,"birthLGA":null,"birthCountry":null,"dateOfBirth":null,"phoneDetails":[{"fullName":"EHICHIOYA FAMOUS PRIOR","dateOfBirth":"2000-01-01"},{"fullName":"EHICHIOYA FAMOUS PRIOR","dateOfBirth":"2000-01-03"}],"isConsent":true,"idNumber":"08000000000","businessId":"619b683ecb55a2a588f4b83c","type":"phone","gender":null,"requestedAt":"2021-12-15T00:20:53.143Z","requestedById":"619b683ecb55a2a588f4b839","country":"NG","createdAt":"2021-12-15T00:20:53.334Z","lastModifiedAt":"2021-12-15T00:20:53.334Z","metadata":{},"requestedBy":{"firstName":"API","lastName":"User","middleName":"","id":"619b683ecb55a2a588f4b839"}},"links":[]}`

const lookupPath = "/v2/api/identity/ng/phone"

func TestTheDocumentAcceptsWhatTheDialectSays(t *testing.T) {
	t.Parallel()
	_, router := load(t)
	for name, a := range map[string]answer{
		"found":                       {"POST", lookupPath, 200, "application/json", found},
		"no money":                    {"POST", lookupPath, 402, "application/json", `{"success":false,"statusCode":402,"message":"Insufficient fund","name":"PaymentRequiredError","data":{}}`},
		"withdrawn":                   {"POST", lookupPath, 403, "application/json", `{"success":false,"statusCode":403,"message":"Consent for this number was withdrawn","name":"ConsentWithdrawnError","data":{}}`},
		"retrieved":                   {"GET", "/v2/api/identity/61b934dfaab326675cdfaab3", 200, "application/json", strings.Replace(found, `"message":"success"`, `"message":"Identity retrieved successfully!"`, 1)},
		"problem":                     {"GET", "/v1/consents/x", 404, "application/problem+json", `{"type":"/docs/errors#not_found","title":"Not found","status":404,"code":"not_found","detail":"no such lookup","requestId":"r-1"}`},
		"no notice":                   {"GET", "/v1/consents/61b934dfaab326675cdfaab3", 200, "application/json", `{"lookupId":"61b934dfaab326675cdfaab3","keyId":"k","businessId":"b","purpose":"p","notice":null,"channel":"attested","givenAt":"2021-12-15T00:20:53.143Z"}`},
		"source that was never asked": {"GET", "/v1/status/providers", 200, "application/json", `{"data":[{"name":"directory","state":"half_open","lastOutcome":null,"lastAt":null}]}`},
	} {
		if err := a.check(t, router); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheDocumentRefusesWhatTheDialectDoesNotSay(t *testing.T) {
	t.Parallel()
	_, router := load(t)
	for name, change := range map[string][2]string{
		"a member too many":      {`"links":[]`, `"links":[],"extra":1`},
		"a personal member more": {`"gender":null`, `"gender":null,"phone":"x"`},
		"a member missing":       {`"reason":null,`, ``},
		"null where text is due": {`"idNumber":"08000000000"`, `"idNumber":null`},
		"another number form":    {`"idNumber":"08000000000"`, `"idNumber":"+2348000000000"`},
		"an invented status":     {`"status":"found"`, `"status":"success"`},
		"seconds only":           {`53.143Z`, `53Z`},
		"an impossible date":     {`2000-01-03`, `2000-13-03`},
		"a long id":              {`"id":"61b934dfaab326675cdfaab3"`, `"id":"61b934dfaab326675cdfaab326"`},
	} {
		body := strings.Replace(found, change[0], change[1], 1)
		if body == found {
			t.Fatalf("%s: nothing changed", name)
		}
		if err := (answer{"POST", lookupPath, 200, "application/json", body}).check(t, router); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	undocumented := answer{"POST", lookupPath, 418, "application/json", found}
	if err := undocumented.check(t, router); err == nil {
		t.Error("a status that is not in the document was accepted")
	}
}

func TestTheEventOfAnEndedLookupIsAsStrictAsTheLookup(t *testing.T) {
	t.Parallel()
	doc, _ := load(t)
	event := doc.Webhooks["identity.verification.completed"].Post
	schema := event.RequestBody.Value.Content["application/json"].Schema.Value
	text := `{"event":"identity.verification.completed","apiVersion":"v2","data":{"_id":"61b934dfaab326675cdfaab3",` +
		found[strings.Index(found, `"id":`):strings.Index(found, `,"links"`)] + `}`
	for name, c := range map[string]struct {
		old, changed string
		fine         bool
	}{
		"as it is":            {"", "", true},
		"not found":           {`"status":"found"`, `"status":"not_found"`, true},
		"one that is pending": {`"status":"found"`, `"status":"pending"`, false},
		"without _id":         {`"_id":"61b934dfaab326675cdfaab3",`, ``, false},
		"a member too many":   {`"reason":null`, `"reason":null,"extra":1`, false},
		"a member missing":    {`"reason":null,`, ``, false},
		"another version":     {`"v2"`, `"v1"`, false},
	} {
		var value any
		if err := json.Unmarshal([]byte(strings.Replace(text, c.old, c.changed, 1)), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.EnableJSONSchema2020()); (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := schema.VisitJSON(event.RequestBody.Value.Content["application/json"].Examples["found"].Value.Value); err != nil {
		t.Errorf("the example: %v", err)
	}
	var headers []string
	for _, p := range event.Parameters {
		headers = append(headers, p.Value.Name)
	}
	same(t, "the webhook", headers, []string{"webhook-id", "webhook-timestamp", "webhook-signature", "x-youverify-signature", "x-yv-signature"})
}

func TestEveryErrorCodeIsDocumentedEverywhere(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../models/error.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, m := range regexp.MustCompile(`(?m)\bCode = "([a-z_]+)"`).FindAllSubmatch(source, -1) {
		codes = append(codes, string(m[1]))
	}
	if len(codes) == 0 {
		t.Fatal("no codes found in models/error.go")
	}
	codes = append(codes, "code_wrong", "code_expired", "code_burnt", "channel_refused") // those of possession that /v1 answers
	doc, _ := load(t)
	var listed []string
	for _, code := range doc.Components.Schemas["Code"].Value.Enum {
		listed = append(listed, code.(string))
	}
	same(t, "openapi.yaml", listed, codes)
	same(t, "errors.md", headings(t, "errors.md", "(?m)^## `([a-z_]+)`"), codes)
	same(t, "page/errors.html", headings(t, "page/errors.html", `<h2 id="([a-z_]+)">`), codes)
}

func TestTheTitlesOfProblemsAreThoseOnTheWire(t *testing.T) {
	t.Parallel()
	problem := regexp.MustCompile(`"?title"?: ?"?([A-Z][\w ]*)"?, ?"?status"?: ?(\d+)`)
	for _, name := range []string{"openapi.yaml", "errors.md"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := problem.FindAllStringSubmatch(strings.ReplaceAll(string(content), `,"`, `, "`), -1)
		if len(found) == 0 {
			t.Errorf("%s shows no problem", name)
		}
		for _, m := range found {
			if status, _ := strconv.Atoi(m[2]); http.StatusText(status) != m[1] {
				t.Errorf("%s: %s has the title %q", name, m[2], m[1])
			}
		}
	}
}

func headings(t *testing.T, file, pattern string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		found = append(found, string(m[1]))
	}
	return found
}

func same(t *testing.T, where string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s has\n%v, want\n%v", where, got, want)
	}
}

func TestThePagesRunUnderAStrictPolicy(t *testing.T) {
	t.Parallel()
	own := regexp.MustCompile(`<script type="module" src="/docs/[a-z-]+\.js"></script>`)
	forbidden := regexp.MustCompile(`(?i)<script|<style|\son[a-z]+\s*=|javascript:|(?:src|href|url)="(?:https?:)?//`)
	for _, name := range []string{"page/index.html", "page/errors.html"} {
		page, err := docs.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.Find(own.ReplaceAll(page, nil)); found != nil {
			t.Errorf("%s: %q", name, found)
		}
	}
}

func TestTheExamplesInTheGuidesAreJSON(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```")
	integrators, err := filepath.Glob("integrate/*.md")
	if err != nil || len(integrators) == 0 {
		t.Fatalf("%v, %v", integrators, err)
	}
	for _, name := range append(integrators, "errors.md") {
		guide, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks.FindAllSubmatch(guide, -1) {
			if !json.Valid(block[1]) {
				t.Errorf("%s: %s", name, block[1])
			}
		}
	}
}
