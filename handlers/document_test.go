package handlers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"whoseline/docs"
	"whoseline/test/openapi"
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
	if d.T, err = openapi.Strict(text); err != nil {
		return d, err
	}
	d.router, err = gorillamux.NewRouter(d.T)
	return d, err
})

// operations are those that a request may reach: one, or for a method that a path lacks all that the path has, or none
// for a path that the document does not know.
func (d document) operations(line string) (found []*openapi3filter.RequestValidationInput) {
	method, path, _ := strings.Cut(line, " ")
	path, _, _ = strings.Cut(severalSlashes.ReplaceAllString(path, "/"), "?")
	find := func(method string) error {
		at := &url.URL{Scheme: "http", Host: "gateway.example", Path: path}
		request := &http.Request{Method: method, URL: at, Host: at.Host, Header: http.Header{}}
		route, params, err := d.router.FindRoute(request)
		if err == nil {
			found = append(found, &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route})
		}
		return err
	}
	if err := find(method); errors.Is(err, routers.ErrMethodNotAllowed) {
		for _, other := range []string{"GET", "POST", "PUT", "DELETE"} {
			_ = find(other)
		}
	}
	return found
}

// strangers are the paths that conversations ask for and that the document does not have, and why.
var strangers = map[string]string{
	"/AUTH/v1/nothing": "nothing is there",
	"/DigiPay/v2":      "nothing is there",
	"/Onboarding/api/v1/onboarding/PhoneInfo/Nothing": "nothing is there",
	"/api/v1/auth/nothing":                            "nothing is there",
	"/auth/v10/x":                                     "nothing is there",
	"/digipay":                                        "nothing is there",
	"/nothing":                                        "nothing is there",
	"/v1":                                             "nothing is there",
	"/v1/consents/withdraw/x":                         "nothing is there",
	"/v1/webhooks/events/x/y":                         "nothing is there",
	"/v10/wallet":                                     "nothing is there",
	"/v2/api/identity/ke/phone":                       "nothing is there",
	"/v2/users/ada":                                   "nothing is there",
	"/":                                               "nothing is there", "/Onboarding/": "nothing is there", "/auth/v1/nothing": "nothing is there", "/v1/nothing": "nothing is there",
	"/digipay/v3/auth/nothing": "nothing is there", "/auth/v1/users/me": "nothing is there", "/onboarding/api/v1/Nothing": "nothing is there",
	"/v2/api/nothing": "nothing is there", "/v2/api/identity/ng/bvn": "a product that is not served", "/v2/api/identity/ng/nin": "a product that is not served",
	"/digipay/v3/auth/verify_login_pin": "a call that is not served", "/grpc.health.v1.Health/Check": "a service that is not served",
	"/ONBOARDING/API/V1/ONBOARDING/PHONEINFO/SENDOTP": "the document has it in Lumin's own case",
	"/v2/api/identity/ng/nin-phone":                   "a product that is not served",

	"/ONBOARDING/api/v1/onboarding/PhoneInfo": "the document has it in Lumin's own case",
	"/onboarding/api/v1/onboarding/phoneinfo": "the document has it in Lumin's own case",
	"/v2/users/Ada%2F1/phone/":                "the router of the document takes no slash within a name",
}

// undocumented tells whether a request leads where the document does not. Procedures are in the far side's own definitions.
func undocumented(line string) bool {
	_, path, _ := strings.Cut(line, " ")
	path, _, _ = strings.Cut(severalSlashes.ReplaceAllString(path, "/"), "?")
	return strangers[path] != "" || strings.HasPrefix(path, "/zitadel.")
}

var severalSlashes = regexp.MustCompile(`/+`)

// documented holds an answer against the document.
func documented(t *testing.T, a answer) error {
	t.Helper()
	d, err := loadDocument()
	must(t, err)
	if strings.HasPrefix(a.line, "OPTIONS ") && a.status == http.StatusNoContent {
		return nil // a preflight is between the browser and the gateway
	}
	operations := d.operations(severalSlashes.ReplaceAllString(a.line, "/"))
	if len(operations) == 0 && !undocumented(a.line) {
		return fmt.Errorf("%s: the document does not know the path", a.line)
	}
	for _, operation := range operations {
		err = errors.Join(err, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: operation, Status: a.status, Header: a.header, Body: a.bytesOf(),
			Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
		}))
	}
	return err
}

// told holds the body of an event against the document.
func told(t *testing.T, body []byte) {
	t.Helper()
	d, err := loadDocument()
	must(t, err)
	var event map[string]any
	must(t, json.Unmarshal(body, &event))
	schema := eventSchemas[fmt.Sprint(event["event"])]
	if schema == "" {
		t.Fatalf("the document does not know the event %v", event["event"])
	}
	if err := d.Components.Schemas[schema].Value.VisitJSON(event, openapi3.MultiErrors(), openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("an event is not as the document says: %v", err)
	}
}

// JSON Lines are told by their lines: each is a row.
func init() {
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.FileBodyDecoder)
}

// eventSchemas are how the document describes what businesses are told.
var eventSchemas = map[string]string{
	"identity.verification.completed": "CompletedEvent", "lookup.refunded": "LookupRefunded", "batch.completed": "BatchCompleted", "erasure.completed": "ErasureCompleted",
	"wallet.low": "WalletWarning", "wallet.depleted": "WalletWarning", "wallet.recovered": "WalletWarning", "spend_cap.near": "CapWarning",
	"top_up.succeeded": "TopUpEvent", "top_up.failed": "TopUpEvent", "top_up.reversed": "TopUpEvent",
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
	"getLookup 503":         "the gateway is full",
	"listProviders 503":     "the gateway is full",
	"getWallet 404":         "a key's business has a wallet",

	"getStatement 503":    "the gateway is full",
	"listCheckpoints 503": "the gateway is full",
	"getReceipt 503":      "the gateway is full",
	"getReceipt 200":      "its key is made by chance: see billing/checkpoint_test.go",

	"listBatches 503":    "the gateway is full",
	"createBatch 503":    "the gateway is full",
	"getBatch 503":       "the gateway is full",
	"getBatchResult 503": "the gateway is full",
	"pauseBatch 503":     "the gateway is full",
	"resumeBatch 503":    "the gateway is full",
	"stopBatch 503":      "the gateway is full",
	"listTopUps 503":     "the gateway is full",
	"getTopUp 503":       "the gateway is full",

	"getTopUpReceipt 503": "the gateway is full",
	"getTopUpReceipt 200": "its key is made by chance: see console_limits_test.go",

	"bringPayment 503":   "the gateway is full",
	"createBatch 409":    "twenty batches have not ended: see batches/batch_test.go",
	"export 503":         "the gateway is full",
	"listCaps 503":       "the gateway is full",
	"listPrices 503":     "the gateway is full",
	"quote 503":          "the gateway is full",

	"listTemplates 503":    "the gateway is full",
	"getTemplate 503":      "the gateway is full",
	"setTemplate 503":      "the gateway is full",
	"deleteTemplate 503":   "the gateway is full",
	"confirmLookup 503":    "the gateway is full",
	"erasePerson 503":      "a source is being asked about a lookup of the number that is pending",
	"resendLookupCode 503": "the gateway is full, or its channels are away",
	"resendLookupCode 422": "a number that one code reached is reached by the next",

	"listWebhooks 503":       "the gateway is full",
	"createWebhook 503":      "the gateway is full",
	"deleteWebhook 503":      "the gateway is full",
	"listWebhookEvents 503":  "the gateway is full",
	"replayWebhookEvent 503": "the gateway is full",
	"enableWebhook 503":      "the gateway is full",
	"testWebhook 503":        "the gateway is full",
	"testWebhook 409":        "only a receiver's 410 disables an endpoint: see webhooks/try_test.go",
	"erasePerson 202":        "it takes more than 500 lookups: see erasing_test.go",
	"listErasures 503":       "the gateway is full",
	"getErasure 503":         "the gateway is full",
	"startTopUp 409":         "two requests have the same key at the same moment: see payments/payments_test.go",
	"bringAnswer 503":        "the answer comes in the moment before its lookup is settled as pending",
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
				for _, operation := range d.operations(lines[number]) {
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
