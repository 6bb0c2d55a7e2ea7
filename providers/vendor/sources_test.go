package vendor

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/config"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
	"whoseline/providers/gate"
)

func vendorsAt(name string, a config.Vendor) map[string]config.Vendor {
	return map[string]config.Vendor{name: a}
}

// vendorRouter makes a router over named sources, and closes it in the end.
func vendorRouter(t *testing.T, parts Parts, names ...string) *providers.Router {
	t.Helper()
	r := providers.NewRouter(providers.RouterOptions{
		Candidates: vendorCandidates(t, parts, names...), Total: 12 * time.Second, Attempts: 3, BulkheadWait: 50 * time.Millisecond, Chance: calm,
	})
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func sandbox() providers.Candidate {
	c := providers.NewSandbox(nil).Candidate(0)
	c.Limits = c.Limits.Within(gate.Limits{Timeout: allowed.Timeout})
	return c
}

// vendorCandidates makes named sources, and the sandbox as one of another kind.
func vendorCandidates(t testing.TB, parts Parts, names ...string) (list []providers.Candidate) {
	t.Helper()
	parts.Limits = allowed
	for _, name := range names {
		if name == "sandbox" {
			list = append(list, sandbox())
			continue
		}
		c, err := parts.Candidate(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func TestAVendorsNameStandsForItsBasicAndItsAdvancedDefinition(t *testing.T) {
	t.Parallel()
	var path atomic.Value
	base := served(t, func(w http.ResponseWriter, r *http.Request) {
		path.Store(r.URL.Path)
		_, _ = io.WriteString(w, `{"entity": {"first_name": "JOHN", "photo": "/9j/4AAQSkZJRgABAQ=="}}`)
	}).URL
	for _, c := range []struct {
		name, want string
		advanced   bool
	}{
		{"dojah", "/api/v1/kyc/phone_number/basic", false},
		{"dojah", "/api/v1/kyc/phone_number", true},
		{"dojah_basic", "/api/v1/kyc/phone_number/basic", true},
		{"dojah_advanced", "/api/v1/kyc/phone_number", false},
	} {
		r := vendorRouter(t, Parts{Vendors: vendorsAt("dojah", account(t, base))}, c.name)
		q := question(t, "09011111111")
		q.Advanced = c.advanced
		got := r.Owners(t.Context(), q)
		if path.Load() != c.want || got.Outcome != models.OutcomeFound {
			t.Errorf("%s, advanced %t: %v, %s", c.name, c.advanced, path.Load(), got.Outcome)
		}
		if hasPhoto := got.Owners[0].Image != ""; hasPhoto != c.advanced {
			t.Errorf("%s, advanced %t: photo %t", c.name, c.advanced, hasPhoto)
		}
	}
}

func TestASourceThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source  string
		vendors map[string]config.Vendor
		want    string
	}{
		"no such source":    {"dojha", nil, `there is no definition "dojha"`},
		"no account":        {"dojah", nil, "providers.vendor.dojah.secret is not set"},
		"half an account":   {"dojah", vendorsAt("dojah", config.Vendor{Secret: "hush"}), "providers.vendor.dojah.app_id is not set"},
		"no base":           {"camara", vendorsAt("camara", config.Vendor{Secret: "hush"}), "providers.vendor.camara.base is not set"},
		"no sandbox":        {"mtn", vendorsAt("mtn", config.Vendor{Secret: "hush", Base: "sandbox"}), "providers.vendor.mtn.base is not set"},
		"no token url":      {"camara", vendorsAt("camara", config.Vendor{Base: "https://a.example", ClientID: "c", Secret: "hush"}), "providers.vendor.camara.token_url is not set"},
		"no client":         {"camara", vendorsAt("camara", config.Vendor{Base: "https://a.example", TokenURL: "https://a.example", Secret: "hush"}), "providers.vendor.camara.client_id is not set"},
		"no key, no secret": {"camara", vendorsAt("camara", config.Vendor{Base: "https://a.example", TokenURL: "https://a.example", ClientID: "c"}), "providers.vendor.camara.private_key_file is not set"},
		"no key file":       {"camara", vendorsAt("camara", config.Vendor{Base: "https://a.example", TokenURL: "https://a.example", ClientID: "c", PrivateKeyFile: "absent"}), "private_key_file cannot be read"},
		"no owners":         {"camara_sim_swap", vendorsAt("camara", config.Vendor{Secret: "hush"}), "it gives a signal and no owners"},
	} {
		_, err := Parts{Vendors: c.vendors}.Candidate(c.source)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestAnAccountWithAStrangerIsRefused(t *testing.T) {
	t.Parallel()
	err := Parts{Vendors: vendorsAt("dojha", config.Vendor{Secret: "hush"})}.Check()
	if err == nil || !strings.Contains(err.Error(), "providers.vendor.dojha: no definition has this vendor") {
		t.Error(err)
	}
}

func TestADefinitionCannotTakeTheNameOfASourceOfAnotherKind(t *testing.T) {
	t.Parallel()
	if err := catalogue(t).Reserve("sandbox", "directory"); err != nil {
		t.Error(err)
	}
	err := catalogue(t).Reserve("dojah")
	if err == nil || !strings.Contains(err.Error(), "dojah.yaml:") || !strings.Contains(err.Error(), "dojah_basic: the name dojah belongs to a source that is built in") {
		t.Error(err)
	}
}

func TestTheSandboxAndLiveBasesAreTheDefinitions(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"": "https://api.dojah.io", "sandbox": "https://sandbox.dojah.io", "https://other.example/x": "https://other.example/x",
	} {
		a := account(t, "")
		a.Base = base
		if got := endpoint(t, catalogue(t).all["dojah_basic"], a); got.base != want {
			t.Errorf("%q: %s", base, got.base)
		}
	}
}

func TestAMatchWithoutOwnersIsNoAnswerToWhoseNumberItIs(t *testing.T) {
	t.Parallel()
	base := served(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ResultCode": "1022", "ResultText": "No Match", "SmileJobID": "0000001106"}`)
	}).URL
	a := account(t, base)
	a.Cost = 4000
	r := vendorRouter(t, Parts{Vendors: vendorsAt("smile", a)}, "smile", "sandbox")
	q := question(t, "08000000001")
	q.Price.Found = 5000
	first := "Joe"
	q.Expected = &models.Expected{FirstName: &first}
	got := r.Owners(t.Context(), q)
	if steps := strings.Join(trail(got), ", "); steps != "smile not_applicable, sandbox not_found" {
		t.Error(steps)
	}
	if asked := got.Attempts[0]; asked.Billed != models.BilledYes || asked.CostMinor != 4000 { // it has found out something
		t.Errorf("%+v", asked)
	}
}

func TestAnEndpointThatLacksAnInputIsNotAsked(t *testing.T) {
	t.Parallel()
	base := served(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }).URL
	known := catalogue(t)
	abroad := asked
	abroad.Phone = models.PhoneFromE164("+34629255833")
	for name, in := range map[string]Inquiry{
		"qoreid_nin_phone": asked, "camara_match": asked, "camara_tenure": asked, "camara_number_recycling": asked,
		"smile_v2_phone": asked, "dojah_basic": abroad, "youverify": {},
	} {
		if got := endpoint(t, known.all[name], account(t, base)).Ask(t.Context(), in); got.Outcome != models.OutcomeNotApplicable {
			t.Errorf("%s: %s", name, got.Outcome)
		}
	}
}

func TestWhatTheCallerExpectsReachesTheVendor(t *testing.T) {
	t.Parallel()
	e := endpoint(t, catalogue(t).all["smile_v1"], account(t, "https://a.example"))
	first, last, born := "Joe", "Leo", "16-05-1990"
	in := e.inquiry(lookup.Question{
		Phone: asked.Phone, LookupID: "ref", Expected: &models.Expected{FirstName: &first, LastName: &last, DateOfBirth: &born},
	})
	want := Inquiry{Phone: asked.Phone, Reference: "ref", First: "Joe", Last: "Leo", BirthDate: "1990-05-16"}
	if in != want {
		t.Errorf("%+v", in)
	}
}

func TestEveryDefinitionIsListed(t *testing.T) {
	t.Parallel()
	modes := map[string]int{}
	for _, d := range catalogue(t).List() {
		modes[d.Mode]++
		if d.Line == 0 || d.File == "" || d.Source == "" {
			t.Errorf("%+v", d)
		}
	}
	if modes["owner"] < 12 || modes["match"] != 4 || modes["signal"] != 6 {
		t.Error(modes)
	}
}
