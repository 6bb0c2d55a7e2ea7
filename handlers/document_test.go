package handlers_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"whoseline/docs"
)

// document is docs/openapi.yaml with its router.
type document struct {
	*openapi3.T
	router routers.Router
}

var loadDocument = sync.OnceValues(func() (d document, err error) {
	text, err := docs.Files.ReadFile("openapi.yaml")
	if err != nil {
		return d, err
	}
	if d.T, err = openapi3.NewLoader().LoadFromData(text); err != nil {
		return d, err
	}
	d.router, err = gorillamux.NewRouter(d.T)
	return d, err
})

// operations are those that a request may reach: one, or for a method that a path lacks all that the path has, or none
// for a path that the document does not know.
func (d document) operations(t *testing.T, line string) (found []*openapi3filter.RequestValidationInput) {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	find := func(method string) error {
		request, err := http.NewRequest(method, "http://gateway.example"+path, http.NoBody)
		must(t, err)
		route, params, err := d.router.FindRoute(request)
		if err == nil {
			found = append(found, &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route})
		}
		return err
	}
	if err := find(method); errors.Is(err, routers.ErrMethodNotAllowed) {
		for _, other := range []string{"GET", "POST"} {
			_ = find(other)
		}
	}
	return found
}

// documented holds an answer against the document.
func documented(t *testing.T, a answer) error {
	t.Helper()
	d, err := loadDocument()
	must(t, err)
	for _, operation := range d.operations(t, a.line) {
		err = errors.Join(err, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: operation, Status: a.status, Header: a.header, Body: a.bytesOf(),
			Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
		}))
	}
	return err
}

// unexercised are the documented answers that no conversation can bring about, and why.
var unexercised = map[string]string{
	"getIdentity 503":       "the gateway is full",
	"listIdentities 503":    "the gateway is full",
	"searchIdentities 503":  "the gateway is full",
	"getWallet 503":         "the gateway is full",
	"listTransfers 503":     "the gateway is full",
	"withdrawConsent 503":   "the gateway is full",
	"listConsentEvents 503": "the gateway is full",
	"getConsent 503":        "the gateway is full",
	"listProviders 503":     "the gateway is full",
	"getWallet 404":         "a key's business has a wallet",
}

func TestEveryDocumentedAnswerStandsInAGoldenConversation(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the files are being rewritten")
	}
	d, err := loadDocument()
	must(t, err)
	seen := map[string]bool{}
	for _, path := range conversations(t) {
		lines := map[string]string{}
		for _, f := range read(t, path).Files {
			number, verb, _ := strings.Cut(f.Name, "-")
			words := strings.Fields(string(f.Data))
			switch verb {
			case "request", "start":
				lines[number] = words[0] + " " + words[1]
			case "response":
				for _, operation := range d.operations(t, lines[number]) {
					seen[operation.Route.Operation.OperationID+" "+words[1]] = true
				}
			}
		}
	}
	for _, path := range d.Paths.Map() {
		for _, operation := range path.Operations() {
			for status := range operation.Responses.Map() {
				if name := operation.OperationID + " " + status; !seen[name] && unexercised[name] == "" {
					t.Errorf("no golden conversation has %s", name)
				}
			}
		}
	}
	for name := range unexercised {
		if seen[name] {
			t.Errorf("%s is exercised after all", name)
		}
	}
}

func TestARequestBodyInAGoldenFileMayHoldWhatTextCannot(t *testing.T) {
	t.Parallel()
	c := &conversation{answer: answer{body: []byte(`{"nextCursor":"abc"}`)}}
	got := c.request("POST /x?c=<cursor> HTTP/1.1\n\n<hex ff><3*é><kept>\n")
	if want := "\r\nContent-Length: " + strconv.Itoa(13) + "\r\n\r\n\xffééé<kept>"; !strings.HasSuffix(got, want) || !strings.Contains(got, "c=abc") {
		t.Errorf("%q", got)
	}
}
