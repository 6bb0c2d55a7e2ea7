package handlers_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/tidwall/gjson"

	"whoseline/access"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/storage/storagetest"
)

// The one company of these tests, in which all dialects are open.
const (
	doorSetup = `-- world --
-- setup --
business acme
key acme-live-token-1 business=acme
topup 1000000 business=acme
face digipay business=acme client=9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e secret=digipay-golden-secret-0001
face lumin business=acme client=tenant secret=lumin-golden-secret-000004
issuer https://id.example business=acme audience=phones secret=0123456789abcdef0123456789abcdef
subject ada business=acme
subject bob business=acme
`
	doorKey    = "acme-live-token-1"
	doorClient = "9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e"
	doorSecret = "digipay-golden-secret-0001"
	doorTenant = "lumin-golden-secret-000004"
	theirs     = "8031230001" // the number of whoever a credential names
	others     = "8031230002"
)

// walker tries credentials at the doors of a gateway.
type walker struct {
	*gateway
	t *testing.T
}

// said is what a door answered.
type said struct {
	status int
	body   string
}

func (w walker) ask(method, path, body string, header map[string]string) said {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.addr+path, strings.NewReader(body))
	must(w.t, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	must(w.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(w.t, err)
	return said{response.StatusCode, string(text)}
}

func (w walker) digipay(token, operation, number, rest string) said {
	w.t.Helper()
	return w.ask("POST", "/digipay/v3/auth/"+operation, `{"dial_code":"+234","phone_number":"`+number+`","user_type":2,`+rest+`}`,
		map[string]string{"Authorization": "Token " + token, "CompanyID": "acme"})
}

func (w walker) bearer(token, method, path, body string) said {
	w.t.Helper()
	return w.ask(method, path, body, map[string]string{"Authorization": "Bearer " + token})
}

func (w walker) token(s said, path string) string {
	w.t.Helper()
	found := gjson.Get(s.body, path).String()
	if found == "" {
		w.t.Fatalf("no token: %d %s", s.status, s.body)
	}
	return found
}

// code is what was sent last to an address.
func (w walker) code(to string) string {
	w.t.Helper()
	sent, err := w.app.TestInbox.To(w.t.Context(), to, 0)
	must(w.t, err)
	if len(sent) == 0 {
		w.t.Fatalf("nothing was sent to %s", to)
	}
	return sent[0].Code
}

const proofOf = `"otp_type":1,"device_type":2,"device_id":"a","device_unique_id":"b","otp":"`

// credentials gives one of each kind. A dialect's token is its own.
func (w walker) credentials(dialect string) map[access.Credential]string {
	w.t.Helper()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(doorClient+":"+doorSecret))
	company := w.token(w.ask("POST", "/digipay/v3/auth/authenticate", "", map[string]string{"Authorization": basic}), "data.access_token")
	provider, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "https://id.example", "aud": "phones", "sub": "ada", "exp": w.world.clock().Add(time.Hour).Unix(),
	}).SignedString([]byte("0123456789abcdef0123456789abcdef"))
	must(w.t, err)
	all := map[access.Credential]string{
		access.WithKey: doorKey, access.WithSecret: doorTenant, access.WithCompanyToken: company, access.WithProviderToken: provider,
		access.WithSubjectToken: w.token(w.ask("POST", "/v1/subjects/ada/tokens", "", map[string]string{"token": doorKey}), "token"),
	}
	if dialect == "DigiPay" {
		all[access.WithSecret] = doorSecret
		w.digipay(company, "send_otp", theirs, `"otp_type":1`)
		s := w.digipay(company, "verify_otp", theirs, proofOf+w.code("+234"+theirs)+`"`)
		all[access.WithDialectToken] = w.token(s, "data.token.token")
		return all
	}
	s := w.ask("POST", "/Onboarding/api/v1/Auth/GenerateOnboardingSessionToken",
		`{"tenantId":"tenant","tenantSecret":"`+doorTenant+`","requestId":"ada"}`, nil)
	all[access.WithDialectToken] = w.token(s, "token")
	return all
}

// knock asks for something at a door: for the person whom a credential names, or for somebody else. in tells whether the
// door let it in, whatever came of it then.
type knock struct {
	ask func(w walker, with string, own bool) said
	in  func(s said) bool
}

func not(statuses ...int) func(said) bool {
	return func(s said) bool {
		for _, status := range statuses {
			if s.status == status {
				return false
			}
		}
		return true
	}
}

func user(own bool) string {
	if own {
		return "/v2/users/ada/phone"
	}
	return "/v2/users/bob/phone"
}

func numberOf(own bool) string {
	if own {
		return theirs
	}
	return others
}

func header(method, path, body, name, before string) func(walker, string, bool) said {
	return func(w walker, with string, _ bool) said {
		return w.ask(method, path, body, map[string]string{name: before + with})
	}
}

// knocks has one of each door. Where nobody is named, everybody asks for themselves.
var knocks = map[access.DoorName]knock{
	access.DoorLookup:   {header("POST", "/v2/api/identity/ng/phone", `{"mobile":"08000000000","isSubjectConsent":true}`, "token", ""), not(403)},
	access.DoorConfirm:  {header("POST", "/v1/lookups/61b934dfaab326675cdfaab3/confirm", `{"code":"1"}`, "token", ""), not(401)},
	access.DoorSubjects: {header("GET", "/v1/subjects/ada", "", "token", ""), not(401)},
	access.DoorLuminSession: {func(w walker, with string, _ bool) said {
		return w.ask("POST", "/Onboarding/api/v1/Auth/GenerateOnboardingSessionToken", `{"tenantId":"tenant","tenantSecret":"`+with+`"}`, nil)
	}, not(400, 401)}, // a token is longer than any secret
	access.DoorLuminPhones:   {header("GET", "/Onboarding/api/v1/onboarding/PhoneInfo/GetVerifiedPhones", "", "Authorization", "Bearer "), not(401)},
	access.DoorLuminValidate: {header("POST", "/Onboarding/api/v1/onboarding/PhoneInfo/ValidateOTP", `{"otp":"1"}`, "Authorization", "Bearer "), not(401)},
	access.DoorDigiPayClient: {func(w walker, with string, _ bool) said {
		return w.ask("POST", "/digipay/v3/auth/authenticate", "", map[string]string{"UserName": doorClient, "Password": with})
	}, not(401)},
	access.DoorDigiPaySend: {func(w walker, with string, own bool) said {
		return w.digipay(with, "send_otp", numberOf(own), `"otp_type":1`)
	}, not(401)},
	access.DoorDigiPayVerify: {func(w walker, with string, own bool) said {
		return w.digipay(with, "verify_otp", numberOf(own), proofOf+`1"`)
	}, not(401)},
	access.DoorZITADELMine: {header("GET", "/auth/v1/users/me/phone", "", "Authorization", "Bearer "), not(400, 401)},
	access.DoorZITADELVerify: {header("POST", "/auth/v1/users/me/phone/_verify", `{"code":"1"}`, "Authorization", "Bearer "), func(s said) bool {
		return strings.Contains(s.body, "Code not found")
	}},
	access.DoorZITADELUsers: {func(w walker, with string, own bool) said {
		return w.bearer(with, "POST", user(own), `{"phone":"+2348031230009","sendCode":{}}`)
	}, func(s said) bool { return s.status == 200 || strings.Contains(s.body, "COMMAND-Uch5e") }},
	access.DoorZITADELVouch: {func(w walker, with string, own bool) said {
		return w.bearer(with, "POST", user(own), `{"phone":"+2348031230008","isVerified":true}`)
	}, func(s said) bool { return s.status == 200 || strings.Contains(s.body, "COMMAND-Uch5e") }},
	access.DoorZITADELConfirm: {func(w walker, with string, own bool) said {
		return w.bearer(with, "POST", user(own)+"/verify", `{"verificationCode":"1"}`)
	}, func(s said) bool { return s.status == 400 && strings.Contains(s.body, "COMMAND-eis9R") }},
}

// personal are the doors at which a request says whom it is about.
var personal = map[access.DoorName]bool{
	access.DoorDigiPaySend: true, access.DoorDigiPayVerify: true, access.DoorZITADELUsers: true, access.DoorZITADELVouch: true,
	access.DoorZITADELConfirm: true,
}

// Every kind of credential is tried at every door: it gets as far as the table says and no further.
func TestEveryDoorTakesWhomTheTableNames(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		for _, door := range access.Doors() {
			name := access.DoorName{Dialect: door.Dialect, Name: door.Name}
			k, tried := knocks[name]
			if !tried {
				t.Errorf("nobody tries %v", name)
				continue
			}
			w := walker{raise(t, storagetest.MigratedURL(t, engine), txtar.Parse([]byte(doorSetup))), t}
			for by, with := range w.credentials(door.Dialect) {
				reach := name.May(by)
				if got := k.in(k.ask(w, with, true)); got != (reach != "") {
					t.Errorf("%v, %s, for its own: in %v, reach %q", name, by, got, reach)
				}
				if s := k.ask(w, with, false); personal[name] && k.in(s) != (reach == access.ReachAll) {
					t.Errorf("%v, %s, for another: %d %s, reach %q", name, by, s.status, s.body, reach)
				}
			}
		}
	})
}

// What a person was given through a client of a dialect ends with that client, though the dialect has another one by then.
func TestAFacesTokensEndWithItsClient(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		w := walker{raise(t, storagetest.MigratedURL(t, engine), txtar.Parse([]byte(doorSetup))), t}
		tokens := w.credentials("DigiPay")
		for _, dialect := range []access.Dialect{access.DialectDigiPay, access.DialectLumin} {
			_, _, err := w.app.Partners.Enable(t.Context(), access.NewPartnerClient{BusinessID: "acme", Dialect: dialect})
			must(t, err)
		}
		must(t, w.app.Partners.Disable(t.Context(), "acme", access.DialectDigiPay, doorClient))
		for _, by := range []access.Credential{access.WithCompanyToken, access.WithDialectToken} {
			if s := w.digipay(tokens[by], "send_otp", theirs, `"otp_type":1`); s.status != 401 {
				t.Errorf("%s: %d %s", by, s.status, s.body)
			}
		}
	})
}

// A person who was erased is nobody to whom a token of before could send a code.
func TestAUsersTokenDoesNotOutliveTheUser(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		w := walker{raise(t, storagetest.MigratedURL(t, engine), txtar.Parse([]byte(doorSetup))), t}
		tokens := w.credentials("DigiPay")
		claims := jwt.MapClaims{}
		_, _, err := jwt.NewParser().ParseUnverified(tokens[access.WithDialectToken], claims)
		must(t, err)
		if claims["channel"] != "sms" || claims["assurance"] != "possession" {
			t.Errorf("the token says %v", claims)
		}
		must(t, w.app.Possession.Erase(t.Context(), possession.Who{BusinessID: "acme", Subject: claims["sub"].(string)}))
		if s := w.digipay(tokens[access.WithDialectToken], "send_otp", theirs, `"otp_type":1`); s.status != 401 {
			t.Errorf("%d %s", s.status, s.body)
		}
	})
}

// A company may have somebody confirm a mailbox. That is marked as what it is, and such a user cannot log in by phone.
func TestAMailboxIsMarkedAndHoldsNoNumber(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		w := walker{raise(t, storagetest.MigratedURL(t, engine), txtar.Parse([]byte(doorSetup))), t}
		company := w.credentials("Lumin")[access.WithCompanyToken]
		if s := w.digipay(company, "send_otp", theirs, `"otp_type":2,"email":"ada@example.com"`); s.status != 200 {
			t.Fatalf("%d %s", s.status, s.body)
		}
		proof := strings.Replace(proofOf, `"otp_type":1`, `"otp_type":2`, 1) + w.code("ada@example.com") + `"`
		s := w.digipay(company, "verify_otp", theirs, proof)
		claims := jwt.MapClaims{}
		_, _, err := jwt.NewParser().ParseUnverified(w.token(s, "data.token.token"), claims)
		must(t, err)
		if claims["channel"] != "email" || claims["assurance"] != "mailbox" {
			t.Errorf("the token says %v", claims)
		}
		ref := "/v1/subjects/" + gjson.Get(s.body, "data.user_id").String()
		record := w.ask("GET", ref, "", map[string]string{"token": doorKey}).body
		for path, want := range map[string]string{
			"numbers.0.verified": "false", "numbers.0.default": "false", "numbers.0.channel": "email", "numbers.0.assurance": "mailbox",
			"numbers.0.verifiedAt": "",
		} {
			if got := gjson.Get(record, path).String(); got != want {
				t.Errorf("%s is %q: %s", path, got, record)
			}
		}
		events := w.ask("GET", ref+"/events", "", map[string]string{"token": doorKey}).body
		if !bytes.Contains([]byte(events), []byte(`"kind":"mailbox_confirmed"`)) || strings.Contains(events, `"kind":"`+string(models.EventVerified)) {
			t.Errorf("events: %s", events)
		}
		if s := w.digipay(company, "login_phone", theirs, `"otp_type":1`); s.status != 404 {
			t.Errorf("login: %d %s", s.status, s.body)
		}
	})
}
