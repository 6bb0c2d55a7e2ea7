package simulator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/providers/simulator"
)

// notSimulated are exchanges that no digit leads to, and why.
var notSimulated = map[string]string{
	"youverify.provider_down":             "a vendor that is down answers with a gateway's page",
	"youverify.source_down":               "the table answers pending when the source is away",
	"youverify.wallet_empty_legacy":       "the older error shape",
	"prembly_basic.not_found_status_true": "pages of the vendor disagree; the other one is simulated",
	"smile_v1.not_found_free":             "the phone product says 1023, v1 says 1013",
	"camara_match.invalid_input":          "another request, tested below",
	"camara_sim_swap.bad_payload":         "made up to test a reader",
	"prembly_basic.pending":               "the table answers 02 when the source is away",
	"prembly_advance.wallet_empty":        "the table answers 03 when the wallet is empty",
	"prembly_atomic.wallet_empty":         "the table answers 03 when the wallet is empty",
}

// digitOf is the digit that leads to an exchange's answer, by its name or else its case; camara's signals say the
// harmless thing for 0.
var digitOf = map[string]int{
	"found": 0, "not_found": 1, "source_down": 3, "pending": 3, "wallet_empty": 5, "rate_limited": 6,
	"verified": 0, "not_swapped": 0, "swapped": 4, "recycled": 4, "outside_monitored_period": 4, "document_required": 4,
	"found_camel_case": 4, "invalid_input": 2, "no_match": 0, "document_mismatch": 0, "product_off": 0, "credentials": 0,
	"not_applicable": 0, "not_on_mobile_network": 0, "wrong_url": 0, "provider_down": 8, "truncated": 8, "bad_payload": 8,
}

// turnOf is how often digit 8 is asked until it gives an exchange's answer.
var turnOf = map[string]int{"provider_down": 1, "truncated": 2, "bad_payload": 3}

// spoil makes a request into the one that is answered as the exchange says.
var spoil = map[string]func(*rig, *question){
	"youverify.credentials":      func(_ *rig, q *question) { q.headers["token"] = "wrong" },
	"smile_v1.credentials":       func(_ *rig, q *question) { q.body["signature"] = "wrong" },
	"camara_fill_in.credentials": func(_ *rig, q *question) { q.headers["Authorization"] = "Bearer wrong" },
	"smile_v1.product_off":       func(_ *rig, q *question) { q.body["id_type"] = "VOTER_ID" },
	"smile_v1.no_match":          func(_ *rig, q *question) { q.body["first_name"], q.body["last_name"] = "No", "Body" },
	"qoreid_nin_phone.no_match":  func(_ *rig, q *question) { q.body["firstname"], q.body["lastname"] = "No", "Body" },
	"smile_v2_phone.credentials": func(_ *rig, q *question) { q.headers["smileid-request-signature"] = "wrong" },
	"korapay.credentials":        func(_ *rig, q *question) { q.headers["Authorization"] = "Bearer wrong" },
	"camara_tenure.credentials": func(r *rig, q *question) {
		q.headers["Authorization"] = "Bearer " + r.token("sim-swap:check", "")
	},
	"camara_number_recycling.not_applicable": func(_ *rig, q *question) { q.body["phoneNumber"] = "+34600000000" },
	"dojah_basic.wrong_url":                  func(_ *rig, q *question) { q.path = "/dojah/api/v1/kyc" },
	"camara_fill_in.not_applicable": func(_ *rig, q *question) {
		q.body["phoneNumber"] = "+34600000000"
	},
	"camara_number_verification.not_on_mobile_network": func(r *rig, q *question) {
		q.headers["Authorization"] = "Bearer " + r.token("number-verification:verify", "")
	},
	"camara_match.document_mismatch": func(_ *rig, q *question) { q.body["idDocument"] = "another" },
	"camara_match.found": func(_ *rig, q *question) {
		p := simulator.PersonOf(q.number)
		q.body = map[string]any{
			"phoneNumber": q.number, "idDocument": p.NIN, "name": q.body["name"], "givenName": p.First, "familyName": p.Last,
			"familyNameAtBirth": "Another", "birthdate": "1901-01-01", "email": "another@example.com",
		}
	},
}

// more is what the simulator says beyond an exchange that was shortened.
var more = map[string][]string{
	"smile_v1.found": {".signature string", ".timestamp string"}, // documented, and left out of the exchange
}

func TestAnswersHaveTheShapeOfTheRecordedOnes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	compared := 0
	for i, e := range exchanges(t) {
		digit, known := digitOf[e.Case]
		if why := notSimulated[e.name()]; why != "" || !known || says[e.Provider] == [7]expected{} {
			continue
		}
		compared++
		q := r.about(e, fmt.Sprintf("+23480312%04d%d", i, digit))
		if change := spoil[e.name()]; change != nil {
			change(r, &q)
		}
		got := r.ask(q)
		for range max(turnOf[e.Case], 1) - 1 {
			got = r.ask(q)
		}
		if got.status != e.Response.Status {
			t.Errorf("%s: %d %s", e.name(), got.status, got.body)
			continue
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(append(shapeOf(e.text()), more[e.name()]...))), shapeOf(got.body)); diff != "" {
			t.Errorf("%s: %s", e.name(), diff)
		}
	}
	if compared < 60 {
		t.Errorf("%d exchanges were compared", compared)
	}
}

func (e exchange) text() string {
	if e.Response.BodyText != "" {
		return e.Response.BodyText
	}
	text, _ := json.Marshal(e.Response.Body) // it was JSON before
	return string(text)
}

// shapeOf gives the paths of a JSON text with the types that stand there, in order. What is no JSON has no shape.
func shapeOf(text string) []string {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return []string{"not JSON"}
	}
	paths := map[string]bool{}
	walk("", v, paths)
	return slices.Sorted(maps.Keys(paths))
}

func walk(path string, v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		into[path+" object"] = true
		for name, below := range v {
			walk(path+"."+name, below, into)
		}
	case []any:
		into[path+" array"] = true
		for _, below := range v {
			walk(path+"[]", below, into)
		}
	default:
		into[path+" "+strings.TrimPrefix(fmt.Sprintf("%T", v), "<")] = true
	}
}

func TestAMatchWithNothingToCompareIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	q := r.about(firstOfEach(t)["camara_match"], "+2348031234500")
	q.body = map[string]any{"phoneNumber": q.number}
	if got := r.ask(q); got.status != 400 || got.get("code") != "KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAnOwnerIsTheSameAtEveryVendor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	number := "+2348031234500"
	p := simulator.PersonOf("08031234500")
	if diff := cmp.Diff(p, simulator.PersonOf(number)); diff != "" {
		t.Error(diff)
	}
	asked := firstOfEach(t)
	for provider, path := range map[string]string{
		"youverify": "data.phoneDetails.0.fullName", "prembly_basic": "data.surname", "dojah_basic": "entity.last_name",
		"smile_v1": "FullName", "camara_fill_in": "familyName", "mtn_kyc": "data.lastName", "qoreid_nin_phone": "nin.lastname",
		"korapay": "data.last_name", "sourceid": "data.names.lastName",
	} {
		if got := r.ask(r.about(asked[provider], number)).get(path); !strings.Contains(strings.ToUpper(got), strings.ToUpper(p.Last)) {
			t.Errorf("%s: %q", provider, got)
		}
	}
}
