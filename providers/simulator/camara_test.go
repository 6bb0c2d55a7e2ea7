package simulator_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"whoseline/providers/simulator"
)

// camara asks an operation under a token of its own.
func (r *rig) camara(path, body, token string, headers ...string) answer {
	r.t.Helper()
	return r.post("/camara"+path, body, append(headers, "Authorization", "Bearer "+token)...)
}

func TestCamaraRefusesWhatItsSpecificationsRefuse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	two := r.token("kyc-fill-in:set-all sim-swap:check kyc-match:match kyc-tenure:check-tenure number-verification:verify "+
		"one-time-password-sms:send-validate", "")
	three := r.token("sim-swap:check number-verification:verify", "+2348031234500")
	const number = `"phoneNumber":"+2348031234500"`
	for _, c := range []struct {
		path, body, token string
		status            int
		code              string
	}{
		{"/kyc-fill-in/v0.4/fill-in", `{`, two, 400, "INVALID_ARGUMENT"},
		{"/kyc-fill-in/v0.4/fill-in", `{}`, two, 422, "MISSING_IDENTIFIER"},
		{"/kyc-fill-in/v0.4/fill-in", `{"phoneNumber":"08031234500"}`, two, 400, "INVALID_ARGUMENT"},
		{"/kyc-fill-in/v0.4/fill-in", `{"phoneNumber":8031234500}`, two, 400, "INVALID_ARGUMENT"},
		{"/kyc-fill-in/v0.4/fill-in", `{"phoneNumber":"+34600000000"}`, two, 422, "SERVICE_NOT_APPLICABLE"},
		{"/kyc-fill-in/v0.4/fill-in", `{` + number + `,"purpose":"x"}`, two, 400, "INVALID_ARGUMENT"},
		{"/kyc-match/v0.4/match", `{` + number + `,"gender":["MALE"]}`, two, 400, "INVALID_ARGUMENT"},
		{"/sim-swap/v2/check", `{` + number + `,"maxAge":2401}`, two, 400, "OUT_OF_RANGE"},
		{"/sim-swap/v2/check", `{` + number + `,"maxAge":0}`, two, 400, "OUT_OF_RANGE"},
		{"/sim-swap/v2/check", `{` + number + `,"maxAge":1.5}`, two, 400, "INVALID_ARGUMENT"},
		{"/sim-swap/v2/check", `{` + number + `,"maxAge":"240"}`, two, 400, "INVALID_ARGUMENT"},
		{"/sim-swap/v2/check", `{` + number + `}`, three, 422, "UNNECESSARY_IDENTIFIER"},
		{"/sim-swap/v2/retrieve-date", `{` + number + `}`, two, 403, "PERMISSION_DENIED"},
		{"/kyc-tenure/v0.2/check-tenure", `{` + number + `}`, two, 400, "INVALID_ARGUMENT"},
		{"/kyc-tenure/v0.2/check-tenure", `{` + number + `,"tenureDate":"2026-03-05"}`, two, 400, "OUT_OF_RANGE"},
		{"/number-verification/v2/verify", `{` + number + `}`, two, 403, "NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK"},
		{"/number-verification/v2/verify", `{}`, three, 400, "INVALID_ARGUMENT"},
		{"/number-verification/v2/verify", `{"hashedPhoneNumber":"abc"}`, three, 400, "INVALID_ARGUMENT"},
		{"/one-time-password-sms/v1/send-code", `{` + number + `,"message":"hello"}`, two, 400, "INVALID_ARGUMENT"},
		{"/one-time-password-sms/v1/send-code", `{"message":"{{code}}"}`, two, 400, "INVALID_ARGUMENT"},
	} {
		if got := r.camara(c.path, c.body, c.token); got.status != c.status || got.get("code") != c.code {
			t.Errorf("%s %s: %d %s", c.path, c.body, got.status, got.body)
		}
	}
}

func TestCamaraEchoesTheCorrelator(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.token("sim-swap:check", "")
	const body = `{"phoneNumber":"+2348031234506"}`
	got := r.camara("/sim-swap/v2/check", body, token, "x-correlator", "b4333c46-49c0")
	if got.header.Get("x-correlator") != "b4333c46-49c0" || got.header.Get("Retry-After") != "3" {
		t.Error(got.header)
	}
	if got := r.camara("/sim-swap/v2/check", body, token, "x-correlator", "not allowed"); got.status != 400 || got.header.Get("x-correlator") != "" {
		t.Errorf("%d %s %v", got.status, got.body, got.header)
	}
}

func TestFillInGivesWhatTheScopesHaveBought(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.camara("/kyc-fill-in/v0.4/fill-in", `{"phoneNumber":"+2348031234500"}`, r.token("kyc-fill-in:givenName kyc-fill-in:birthdate", ""))
	p := simulator.PersonOf("+2348031234500")
	if got.body != `{"birthdate":"`+p.Born+`","givenName":"`+p.First+`"}` {
		t.Error(got.body)
	}
}

func TestAMatchSaysHowLikeTheNamesAreThatDiffer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := simulator.PersonOf("+2348031234500")
	body := `{"phoneNumber":"+2348031234500","givenName":"` + p.First + `x","familyName":"` + strings.ToUpper(p.Last) +
		`","birthdate":"1901-01-01","postalCode":"1","middleNames":""}`
	got := r.camara("/kyc-match/v0.4/match", body, r.token("kyc-match:match", ""))
	if got.get("familyNameMatch") != "true" || got.get("givenNameMatch") != "false" || got.get("birthdateMatch") != "false" ||
		got.get("postalCodeMatch") != "not_available" || got.get("birthdateMatchScore") != "" || got.get("middleNamesMatchScore") != "0" {
		t.Error(got.body)
	}
	if score := got.get("givenNameMatchScore"); len(score) != 2 || score < "90" {
		t.Error(got.body)
	}
}

func TestANumberIsVerifiedAgainstTheDeviceOfTheToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.token("number-verification:verify number-verification:device-phone-number:read", "+2348031234500")
	hash := func(number string) string {
		sum := sha256.Sum256([]byte(number))
		return hex.EncodeToString(sum[:])
	}
	for body, want := range map[string]string{
		`{"phoneNumber":"+2348031234500"}`: "true", `{"phoneNumber":"+2348031234510"}`: "false",
		`{"hashedPhoneNumber":"` + hash("+2348031234500") + `"}`:                  "true",
		`{"hashedPhoneNumber":"` + strings.ToUpper(hash("+2348031234500")) + `"}`: "true",
		`{"hashedPhoneNumber":"` + hash("+2348031234510") + `"}`:                  "false",
	} {
		if got := r.camara("/number-verification/v2/verify", body, token); got.get("devicePhoneNumberVerified") != want {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if got := r.send("GET", r.url+"/camara/number-verification/v2/device-phone-number", "", "Authorization", "Bearer "+token); got.get("devicePhoneNumber") != "+2348031234500" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestACodeIsRightOnceAndTriedThreeTimes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.token("one-time-password-sms:send-validate", "")
	send := func() string {
		return r.camara("/one-time-password-sms/v1/send-code", `{"phoneNumber":"+2348031234500","message":"{{code}}"}`, token).get("authenticationId")
	}
	try := func(id, code string) answer {
		return r.camara("/one-time-password-sms/v1/validate-code", `{"authenticationId":"`+id+`","code":"`+code+`"}`, token)
	}
	first, second := send(), send()
	if first == "" || first == second {
		t.Fatalf("%q and %q", first, second)
	}
	if got := try(first, "234500"); got.status != http.StatusNoContent || got.body != "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := try(first, "234500"); got.get("code") != "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED" {
		t.Errorf("used: %d %s", got.status, got.body)
	}
	for range 3 {
		if got := try(second, "000000"); got.get("code") != "ONE_TIME_PASSWORD_SMS.INVALID_OTP" {
			t.Errorf("wrong: %d %s", got.status, got.body)
		}
	}
	if got := try(second, "234500"); got.get("code") != "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED" {
		t.Errorf("too late: %d %s", got.status, got.body)
	}
	if got := try("unknown", "1"); got.status != http.StatusNotFound {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := try("unknown", "12345678901"); got.status != http.StatusBadRequest {
		t.Errorf("%d %s", got.status, got.body)
	}
}
