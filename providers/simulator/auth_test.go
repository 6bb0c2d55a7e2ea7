package simulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// wrong replaces a header.
func wrong(header, value string) func(*question) {
	return func(q *question) { q.headers[header] = value }
}

func TestAWrongKeyIsRefusedInEachVendorsWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	for _, c := range []struct {
		provider string
		spoil    func(*question)
		want     expected
	}{
		{"youverify", wrong("token", "wrong"), expected{403, "name", "UnauthorizedError"}},
		{"youverify", wrong("token", ""), expected{403, "message", "Permission denied"}},
		{"prembly_basic", wrong("x-api-key", "wrong"), expected{401, "message", "Unauthorized: invalid API key"}},
		{"prembly_basic", wrong("app-id", "wrong"), expected{401, "status", "false"}},
		{"dojah_basic", wrong("Authorization", "Bearer "+r.vendors["dojah"].Secret), expected{401, "error", "Unauthorized"}},
		{"dojah_basic", wrong("AppId", ""), expected{401, "error", "Unauthorized"}},
		{"smile_v1", func(q *question) { q.body["signature"] = "wrong" }, expected{400, "code", "2205"}},
		{"smile_v1", func(q *question) { q.body["timestamp"] = "2026-03-04T05:06:08.000Z" }, expected{400, "code", "2205"}},
		{"smile_v1", func(q *question) { q.body["partner_id"] = "0043" }, expected{400, "code", "2205"}},
		{"mtn_kyc", wrong("x-api-key", "wrong"), expected{401, "statusCode", "4000"}},
		{"qoreid_nin_phone", wrong("Authorization", "Bearer wrong"), expected{401, "statusCode", "401"}},
		{"korapay", wrong("Authorization", r.vendors["korapay"].Secret), expected{401, "status", "false"}},
		{"sourceid", wrong("x-api-key", "wrong"), expected{401, "statusCode", "401"}},
		{"camara_fill_in", wrong("Authorization", ""), expected{401, "code", "UNAUTHENTICATED"}},
		{"camara_fill_in", wrong("Authorization", "Bearer "+r.qoreidToken().get("accessToken")), expected{401, "code", "UNAUTHENTICATED"}},
		{"camara_fill_in", wrong("Authorization", "Bearer "+r.token("sim-swap:check", "")), expected{403, "code", "PERMISSION_DENIED"}},
	} {
		q := r.about(asked[c.provider], "+2348031234500")
		c.spoil(&q)
		if got := r.ask(q); got.status != c.want.status || got.get(c.want.path) != c.want.value {
			t.Errorf("%s: %d %s", c.provider, got.status, got.body)
		}
	}
	for vendor := range r.vendors {
		if carriers[vendor] != "" { // see texts_test.go
			continue
		}
		if n := r.Count(vendor, ""); n.Hits == 0 || n.Billed != 0 {
			t.Errorf("%s: %+v", vendor, n)
		}
	}
}

func TestPremblyAlsoTakesAKeyWithoutAnApp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	q := r.about(firstOfEach(t)["prembly_basic"], "+2348031234500")
	delete(q.headers, "app-id")
	if got := r.ask(q); got.get("response_code") != "00" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestConsentIsWantedWhereTheContractWantsIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	for provider, field := range map[string]string{"youverify": "isSubjectConsent", "korapay": "verification_consent"} {
		for _, value := range []any{false, "true", nil} {
			q := r.about(asked[provider], "+2348031234500")
			q.body[field] = value
			if got := r.ask(q); got.status != http.StatusBadRequest {
				t.Errorf("%s, %v: %d %s", provider, value, got.status, got.body)
			}
		}
	}
	match := r.vendors["mtn"].Base + "/v1/kycVerification/customers/2348031234500"
	key := r.vendors["mtn"].Secret
	if got := r.send("POST", match, `{"firstName":"x"}`, "x-api-key", key); got.status != 400 || got.get("statusCode") != "5001" {
		t.Errorf("mtn: %d %s", got.status, got.body)
	}
	got := r.send("POST", match+"?isConsentVerified=TRUE", `{"firstName":"x"}`, "x-api-key", key)
	if got.status != 200 || got.get("firstName") != "false" || got.get("statusCode") != "0000" {
		t.Errorf("mtn: %d %s", got.status, got.body)
	}
}

func TestMTNGivesATokenForAGrantInTheQueryAndAClientInTheForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	with := r.vendors["mtn"]
	form := url.Values{"client_id": {with.ClientID}, "client_secret": {with.Secret}}.Encode()
	grant := "?grant_type=client_credentials"
	for name, refused := range map[string]answer{
		"grant in the form": r.send("POST", with.TokenURL, form+"&grant_type=client_credentials"),
		"wrong secret":      r.send("POST", with.TokenURL+grant, strings.Replace(form, with.Secret, "wrong", 1)),
		"nothing":           r.send("POST", with.TokenURL+grant, ""),
	} {
		if refused.status < 400 || refused.get("error") == "" {
			t.Errorf("%s: %d %s", name, refused.status, refused.body)
		}
	}
	token := r.send("POST", with.TokenURL+grant, form).get("access_token")
	ask := func() int {
		return r.send("GET", with.Base+"/v1/customers/2348031234500/kyc", "", "Authorization", "Bearer "+token).status
	}
	if got := ask(); got != http.StatusOK {
		t.Errorf("with the token: %d", got)
	}
	r.pass(15 * time.Minute)
	if got := ask(); got != http.StatusUnauthorized {
		t.Errorf("when it has expired: %d", got)
	}
}

func TestQoreIDTakesTurnsInHowItGivesATokenAndEndsItAfterTwoHours(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first, second := r.qoreidToken(), r.qoreidToken()
	if first.status != http.StatusOK || first.get("expiresIn") != "7200" || second.status != http.StatusCreated || second.get("expiresIn") != "7200 secs" {
		t.Errorf("%d %s, %d %s", first.status, first.body, second.status, second.body)
	}
	if refused := r.send("POST", r.vendors["qoreid"].TokenURL, `{"clientId":"sim-qoreid-client","secret":"wrong"}`); refused.status != 401 {
		t.Errorf("%d %s", refused.status, refused.body)
	}
	q := r.about(firstOfEach(t)["qoreid_nin_phone"], "+2348031234500")
	r.pass(2*time.Hour - time.Second)
	if got := r.ask(q); got.status != http.StatusOK {
		t.Errorf("before the end: %d %s", got.status, got.body)
	}
	r.pass(time.Second)
	if got := r.ask(q); got.status != http.StatusUnauthorized {
		t.Errorf("at the end: %d %s", got.status, got.body)
	}
}

func TestQoreIDToldWhichNamesFit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := firstOfEach(t)["qoreid_nin_phone"]
	for verdict, change := range map[string]func(*question){
		"EXACT_MATCH":   func(q *question) { q.body["firstname"] = strings.ToUpper(q.body["firstname"].(string)) },
		"PARTIAL_MATCH": func(q *question) { q.body["firstname"] = "Another" },
		"NO_MATCH":      func(q *question) { q.body["firstname"], q.body["lastname"] = "Another", "Person" },
	} {
		q := r.about(e, "+2348031234500")
		change(&q)
		if got := r.ask(q).get("summary.nin_check.status"); got != verdict {
			t.Errorf("%s, not %s", got, verdict)
		}
	}
	q := r.about(e, "+2348031234500")
	delete(q.body, "lastname")
	if got := r.ask(q); got.status != http.StatusBadRequest {
		t.Errorf("without a name: %d %s", got.status, got.body)
	}
}
