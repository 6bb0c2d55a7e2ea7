package simulator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"whoseline/providers/simulator"
)

// fixtures is where the recorded exchanges lie that the definitions are replayed against.
const fixtures = "../definitions/fixtures"

// exchange is one recorded request and answer.
type exchange struct {
	Provider, Case string
	Input          struct{ Number string }
	Request        struct {
		Method, Path   string
		Query, Headers map[string]string
		JSON           map[string]any
	}
	Response struct {
		Status   int
		Body     any
		BodyText string `json:"body_text"`
	}
}

func (e exchange) name() string { return e.Provider + "." + e.Case }

func (e exchange) vendor() string {
	name, _, _ := strings.Cut(e.Provider, "_")
	return name
}

func exchanges(t *testing.T) []exchange {
	t.Helper()
	files, err := filepath.Glob(fixtures + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no exchanges in %s: %v", fixtures, err)
	}
	all := make([]exchange, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &all[i]); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return all
}

// firstOfEach gives one exchange of each provider that is simulated.
func firstOfEach(t *testing.T) map[string]exchange {
	t.Helper()
	first := map[string]exchange{}
	for _, e := range exchanges(t) {
		if _, has := first[e.Provider]; says[e.Provider] != [7]expected{} && (!has || e.Case == "found") {
			first[e.Provider] = e
		}
	}
	if len(first) != len(says) {
		t.Fatalf("%d of %d providers have an exchange", len(first), len(says))
	}
	return first
}

// question is a request that can be changed before it is sent.
type question struct {
	method, path string
	query        url.Values
	headers      map[string]string
	body         map[string]any
	number       string // E.164
}

var camaraScopes = map[string]string{
	"camara_fill_in": "kyc-fill-in:set-all", "camara_match": "kyc-match:match", "camara_sim_swap": "sim-swap:check",
	"camara_sim_swap_date": "sim-swap:retrieve-date", "camara_tenure": "kyc-tenure:check-tenure",
	"camara_number_recycling": "number-recycling:check", "camara_number_verification": "number-verification:verify",
}

// about makes an exchange's request about another number, by its owner's name, and lets the client in.
func (r *rig) about(e exchange, number string) question {
	r.t.Helper()
	national, plain, person := "0"+number[4:], number[1:], simulator.PersonOf(number)
	swap := strings.NewReplacer(
		e.Input.Number, number, "0"+strings.TrimPrefix(e.Input.Number, "+234"), national,
		strings.TrimPrefix(e.Input.Number, "+"), plain, "{{access_token}}", r.bearer(e, number),
	)
	q := question{
		method: e.Request.Method, path: "/" + e.vendor() + swap.Replace(e.Request.Path), query: url.Values{},
		headers: r.letIn(e.vendor()), body: map[string]any{}, number: number,
	}
	for name, value := range e.Request.Query {
		q.query.Set(name, swap.Replace(value))
	}
	for name, value := range e.Request.Headers {
		if value = swap.Replace(value); !strings.Contains(value, "{{") {
			q.headers[name] = value
		}
	}
	owners := map[string]any{
		"firstname": person.First, "lastname": person.Last, "name": person.First + " " + person.Middle + " " + person.Last,
		"birthdate": person.Born,
	}
	for name, value := range e.Request.JSON {
		if text, isText := value.(string); isText {
			value = swap.Replace(text)
		}
		if owner, has := owners[name]; has {
			value = owner
		}
		q.body[name] = value
	}
	r.signSmile(e, &q, person)
	if e.Provider == "mtn_kyc" {
		q.headers["x-api-key"] = r.vendors["mtn"].Secret
	}
	return q
}

// letIn gives the headers in which a vendor expects its key.
func (r *rig) letIn(vendor string) map[string]string {
	with := r.vendors[vendor]
	switch vendor {
	case "youverify":
		return map[string]string{"token": with.Secret}
	case "prembly":
		return map[string]string{"x-api-key": with.Secret, "app-id": with.AppID}
	case "dojah":
		return map[string]string{"Authorization": with.Secret, "AppId": with.AppID}
	case "sourceid":
		return map[string]string{"x-api-key": with.Secret}
	case "korapay":
		return map[string]string{"Authorization": "Bearer " + with.Secret}
	default:
		return map[string]string{}
	}
}

// bearer gives the token that a request of an exchange needs, if it needs one.
func (r *rig) bearer(e exchange, number string) string {
	r.t.Helper()
	switch {
	case e.Provider == "mtn_kyc_oauth":
		return r.mtnToken().get("access_token")
	case e.vendor() == "qoreid":
		return r.qoreidToken().get("accessToken")
	case e.Provider == "camara_number_verification":
		return r.token(camaraScopes[e.Provider], number)
	case e.vendor() == "camara":
		return r.token(camaraScopes[e.Provider], "")
	default:
		return ""
	}
}

func (r *rig) qoreidToken() answer {
	r.t.Helper()
	with := r.vendors["qoreid"]
	return r.send("POST", with.TokenURL, `{"clientId":"`+with.ClientID+`","secret":"`+with.Secret+`"}`)
}

func (r *rig) mtnToken() answer {
	r.t.Helper()
	with := r.vendors["mtn"]
	form := url.Values{"client_id": {with.ClientID}, "client_secret": {with.Secret}}
	return r.send("POST", with.TokenURL+"?grant_type=client_credentials", form.Encode())
}

// signSmile signs in the body for the older product and in the headers for the newer one.
func (r *rig) signSmile(e exchange, q *question, owner simulator.Person) {
	signed := r.smileSigned("2026-03-04T05:06:07.000Z")
	switch e.Provider {
	case "smile_v1":
		maps.Copy(q.body, signed)
	case "smile_v2_phone":
		q.headers["smileid-partner-id"] = signed["partner_id"].(string)
		q.headers["smileid-timestamp"] = signed["timestamp"].(string)
		q.headers["smileid-request-signature"] = signed["signature"].(string)
		q.body["match_fields"] = map[string]any{"first_name": owner.First, "last_name": owner.Last}
	}
}

func (r *rig) smileSigned(at string) map[string]any {
	with := r.vendors["smile"]
	mac := hmac.New(sha256.New, []byte(with.Secret))
	mac.Write([]byte(at + with.PartnerID + "sid_request"))
	return map[string]any{
		"partner_id": with.PartnerID, "timestamp": at, "signature": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}
}

// ask sends a question. A vendor that knows jobs gets a new one each time.
func (r *rig) ask(q question) answer {
	r.t.Helper()
	if params, ok := q.body["partner_params"].(map[string]any); ok {
		r.mu.Lock()
		r.jti++
		params["job_id"] = strings.Repeat("j", r.jti)
		r.mu.Unlock()
	}
	var body []byte
	if q.method != "GET" {
		body, _ = json.Marshal(q.body) // made of maps and scalars
	}
	headers := []string{}
	for name, value := range q.headers {
		headers = append(headers, name, value)
	}
	address := r.url + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	return r.send(q.method, address, string(body), headers...)
}
