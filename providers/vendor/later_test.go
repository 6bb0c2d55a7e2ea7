package vendor

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"whoseline/config"
	"whoseline/models"
)

// mailroom takes the messages of every vendor that brings any, at noon.
func mailroom(t testing.TB) *Later {
	t.Helper()
	accounts := map[string]config.Vendor{}
	for _, vendor := range catalogue(t).Vendors() {
		accounts[vendor] = account(t, "https://vendor.example")
	}
	return mailroomOf(t, accounts, "youverify", "prembly", "korapay", "smile", "dojah")
}

func mailroomOf(t testing.TB, accounts map[string]config.Vendor, names ...string) *Later {
	t.Helper()
	list := vendorCandidates(t, Parts{Now: atNoon, Vendors: accounts}, names...)
	t.Cleanup(func() {
		for _, c := range list {
			_ = c.Source.(*Source).Close()
		}
	})
	return NewLater(list, accounts, atNoon)
}

func macOf(algorithm func() hash.Hash, key, text string) []byte {
	mac := hmac.New(algorithm, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// heads gives one header.
func heads(name, value string) func(string) string {
	return func(asked string) string {
		if strings.EqualFold(asked, name) {
			return value
		}
		return ""
	}
}

func TestAMessageCountsOnlyUnderItsVendorsSignature(t *testing.T) {
	t.Parallel()
	l := mailroom(t)
	const body, data = `{"data":{"id":"r-1","reference":"r-1"},"verification":{"reference":"r-1"}}`, `{"id":"r-1","reference":"r-1"}`
	sum := func(text string) string { return hex.EncodeToString(macOf(sha256.New, "s3cret", text)) }
	base := func(text string) string { return base64.StdEncoding.EncodeToString(macOf(sha256.New, "s3cret", text)) }
	for _, c := range []struct {
		vendor, header, signature string
		taken                     bool
	}{
		{"youverify", "x-youverify-signature", sum(body), true},
		{"youverify", "x-yv-signature", sum(body), true},
		{"youverify", "x-youverify-signature", strings.ToUpper(sum(body)), true},
		{"youverify", "x-youverify-signature", base(body), false},
		{"youverify", "x-youverify-signature", hex.EncodeToString(macOf(sha512.New, "s3cret", body)), false},
		{"youverify", "x-youverify-signature", sum(body)[:62], false},
		{"youverify", "x-prembly-signature", sum(body), false},
		{"prembly", "x-prembly-signature", base(body), true},
		{"prembly", "x-prembly-signature", sum(body), false},
		{"korapay", "x-korapay-signature", sum(data), true},
		{"korapay", "x-korapay-signature", sum(body), false},
	} {
		n, err := l.Callback(c.vendor, heads(c.header, c.signature), []byte(body))
		if taken := err == nil; taken != c.taken || taken && (n.Ref != "r-1" || len(n.Sources) != 1) {
			t.Errorf("%s %s: %+v, %v", c.vendor, c.header, n.Ref, err)
		}
		if err != nil && models.CodeOf(err) != models.Unauthorized {
			t.Error(err)
		}
	}
}

func TestSmilesSignatureIsGoodForMinutes(t *testing.T) {
	t.Parallel()
	l := mailroom(t)
	for age, taken := range map[time.Duration]bool{0: true, smileFresh: true, -smileFresh: true, smileFresh + time.Second: false, -24 * time.Hour: false} {
		at := noon.Add(-age).Format(time.RFC3339)
		signature := base64.StdEncoding.EncodeToString(smileMAC([]byte("s3cret"), at, "0042"))
		body := `{"timestamp":"` + at + `","signature":"` + signature + `","PartnerParams":{"job_id":"j-1"}}`
		n, err := l.Callback("smile", heads("", ""), []byte(body))
		if ok := err == nil; ok != taken || ok && n.Ref != "j-1" {
			t.Errorf("%v: %q, %v", age, n.Ref, err)
		}
	}
}

func TestOnlyWhatIsVouchedForIsRead(t *testing.T) {
	t.Parallel()
	l := mailroom(t)
	const data = `{"reference":"r-1","full_name":"JOHN DOE","status":"success"}`
	body := `{"status":false,"message":"not found", "data": {"reference": "r-1", "full_name":"JOHN DOE","status":"success"}}`
	n, err := l.Callback("korapay", heads("x-korapay-signature", hex.EncodeToString(macOf(sha256.New, "s3cret", data))), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if f := n.Read("korapay", question(t, "08031234567")); f.Outcome != models.OutcomeFound || f.Owners[0].FullName != "JOHN DOE" {
		t.Errorf("%+v", f)
	}
}

func TestAnAnswerThatComesLaterIsBilledThen(t *testing.T) {
	t.Parallel()
	reply := `{"success":true,"statusCode":200,"data":{"id":"r-1","status":"found","phoneDetails":[{"fullName":"JOHN DOE"}]}}`
	a := account(t, served(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, reply) }).URL)
	a.Cost = 4000
	l := mailroomOf(t, map[string]config.Vendor{"youverify": a}, "youverify")
	q := question(t, "08031234567")
	if f := l.Poll(t.Context(), "youverify", "r-1", q); f.Cost == nil || *f.Cost != models.NGN(4000) {
		t.Errorf("%s costs %v", f.Outcome, f.Cost)
	}
	reply = strings.Replace(reply, `"found"`, `"pending"`, 1)
	if f := l.Poll(t.Context(), "youverify", "r-1", q); f.Outcome != models.OutcomePending || f.Cost != nil {
		t.Errorf("%s costs %v", f.Outcome, f.Cost)
	}
	body := strings.Replace(reply, `"pending"`, `"found"`, 1)
	n, err := l.Callback("youverify", heads("x-youverify-signature", hex.EncodeToString(macOf(sha256.New, "s3cret", body))), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if f := n.Read("youverify", q); f.Cost == nil || *f.Cost != models.NGN(4000) {
		t.Errorf("%s costs %v", f.Outcome, f.Cost)
	}
}

func TestAVendorWithoutAKeyBringsNothing(t *testing.T) {
	t.Parallel()
	a := account(t, "https://vendor.example")
	a.WebhookSecret, a.WebhookHash = "hook", "sha512"
	l := mailroomOf(t, map[string]config.Vendor{"youverify": a, "dojah": a}, "youverify", "youverify_advanced", "dojah")
	body := []byte(`{"data":{"id":"r-1"}}`)
	n, err := l.Callback("youverify", heads("x-youverify-signature", hex.EncodeToString(macOf(sha512.New, "hook", string(body)))), body)
	if err != nil || len(n.Sources) != 2 {
		t.Errorf("%+v, %v", n.Sources, err)
	}
	for _, vendor := range []string{"dojah", "smile", "", "youverify_advanced"} {
		if _, err := l.Callback(vendor, heads("", ""), body); models.CodeOf(err) != models.NotFound {
			t.Errorf("%q: %v", vendor, err)
		}
	}
}

func TestASourceThatIsNotConfiguredAnyMoreStillOwesItsAnswer(t *testing.T) {
	t.Parallel()
	l := mailroom(t)
	for _, source := range []string{"prembly", "gone"} { // prembly has no poll
		if f := l.Poll(t.Context(), source, "r-1", question(t, "08031234567")); f.Outcome != models.OutcomePending {
			t.Errorf("%s: %s", source, f.Outcome)
		}
	}
}

func TestAVendorsMessagesAreCheckedInOneWay(t *testing.T) {
	t.Parallel()
	const text = `
a: &a
  vendor: v
  mode: owner
  source: nimc
  auth: {kind: none}
  request: {method: POST, path: /ask}
  classify: [{http: [200], exists: name, outcome: found}]
  fields: {full: name}
  webhook: {signature: youverify, ref: id}
b: {<<: *a, webhook: {signature: prembly, ref: id}}
`
	made, problems := parseDefinitions("x.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c := &Catalog{all: map[string]*definition{"a": made[0], "b": made[1]}}
	if got := c.conflicts(); len(got) != 1 || !strings.Contains(got[0].Error(), "x.yaml:11: b and a check the webhooks of v differently") {
		t.Errorf("%v", got)
	}
}

func TestWhatIsOwedIsLinted(t *testing.T) {
	t.Parallel()
	for slip, want := range map[string]string{
		"poll: {request: {method: GET, path: /x}}":                                      "poll.request must name the answer that is owed",
		`poll: {request: {path: "/x/{{ref}}"}}`:                                         "poll.request.method is missing",
		`poll: {request: {method: GET, path: "/x/{{ref}}"}, classify: [{http: [200]}]}`: "the rule has no outcome",
		"webhook: {ref: id}":                  "webhook.signature is missing",
		"webhook: {signature: smile}":         "webhook.ref is missing",
		"webhook: {signature: none, ref: id}": `unknown value "none"`,
		"promise: ours":                       "promise needs a poll or a webhook",
		"promise: mine":                       `unknown value "mine"`,
		`idempotency: none` + "\n" + `  poll: {request: {method: GET, path: "/x/{{ref}}", headers: {A: "{{access_token}}"}}}`: "{{access_token}} and an auth kind that fetches one belong together",
	} {
		text := strings.Replace(small, "ref: id\n", "ref: id\n  "+slip+"\n", 1)
		if _, problems := parseDefinitions("acme.yaml", []byte(text)); !mentions(problems, "acme.yaml:", want) {
			t.Errorf("%s: want %s, got %v", slip, want, problems)
		}
	}
	poll := strings.Replace(small, "ref: id\n", `ref: id`+"\n"+`  poll: {request: {method: GET, path: "/x/{{ref}}"}}`+"\n", 1)
	if _, problems := parseDefinitions("acme.yaml", []byte(poll)); !mentions(problems, "acme.yaml:", "poll needs a rule that says when an answer is owed") {
		t.Errorf("%v", problems)
	}
	var missing []string
	for _, p := range replayAll(&Catalog{all: map[string]*definition{"youverify": catalogue(t).all["youverify"]}}, os.DirFS(t.TempDir()), "x") {
		missing = append(missing, p.Text)
	}
	for _, kind := range []string{"found", "not_found", "a failure", "a poll", "a webhook"} {
		if !strings.Contains(strings.Join(missing, "\n"), "there is no fixture for "+kind) {
			t.Errorf("%s: %v", kind, missing)
		}
	}
}
