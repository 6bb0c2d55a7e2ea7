package vendor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/simulator"
)

// simulated gives the vendors' contracts on a loopback socket, and the accounts with them.
func simulated(t *testing.T) (*simulator.Simulator, map[string]config.Vendor, *hourglass) {
	t.Helper()
	glass := &hourglass{at: noon}
	sim := simulator.New(simulator.Options{Now: glass.now, Sleep: func(context.Context, time.Duration) error { return nil }})
	base := served(t, sim.ServeHTTP).URL
	accounts := map[string]config.Vendor{}
	for name, c := range sim.Credentials(base) {
		if !slices.Contains(catalogue(t).Vendors(), name) {
			continue
		}
		a := config.Vendor{
			Base: c.Base, Secret: config.Secret(c.Secret), AppID: c.AppID, PartnerID: c.PartnerID, ClientID: c.ClientID, TokenURL: c.TokenURL,
			CallbackURL: "https://gateway.example/upstream/" + name, WebhookSecret: config.Secret(c.WebhookSecret),
		}
		if c.PrivateKey != "" {
			a.PrivateKeyFile = filepath.Join(t.TempDir(), "key.pem")
			if err := os.WriteFile(a.PrivateKeyFile, []byte(c.PrivateKey), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		accounts[name] = a
	}
	return sim, accounts, glass
}

// byDigit is what the last digit of a number means to every vendor, and by vendor where one differs.
var byDigit = map[byte][]models.Outcome{
	'0': {models.OutcomeFound},
	'1': {models.OutcomeNotFound},
	'2': {models.OutcomeInvalid},
	'3': {models.OutcomeSourceDown, models.OutcomePending, models.OutcomeProviderDown},
	'4': {models.OutcomeFound},
	'5': {models.OutcomeWalletEmpty},
	'6': {models.OutcomeRateLimited},
	'7': {models.OutcomeFound},
	'8': {models.OutcomeBadPayload, models.OutcomeProviderDown},
	'9': {models.OutcomeProviderDown},
}

func TestEveryVendorsContractIsUnderstoodDigitByDigit(t *testing.T) {
	t.Parallel()
	for _, d := range catalogue(t).List() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			sim, accounts, glass := simulated(t)
			e, err := Parts{Vendors: accounts, Now: glass.now, Sleep: glass.sleep, Limits: allowed}.Endpoint(d.Name)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			for digit := byte('0'); digit <= '9'; digit++ {
				askSimulated(t, sim, e, digit)
			}
		})
	}
}

func askSimulated(t *testing.T, sim *simulator.Simulator, e *Endpoint, digit byte) {
	t.Helper()
	phone := models.PhoneFromE164("+234803000000" + string(digit))
	person := simulator.PersonOf(phone.Digits())
	before := sim.Count(e.def.Vendor, phone.Digits())
	in := Inquiry{
		Phone: phone, First: person.First, Last: person.Last, BirthDate: person.Born, MaxAgeHours: 240,
		Reference: "65e00ad79fab1f8faaf44b9" + string(digit), TenureDate: "2020-01-01", SpecifiedDate: "2020-01-01",
		ConsentAt: noon, NoticeURL: "https://shop.example/privacy", NoticeLang: "EN",
	}
	said := e.Ask(t.Context(), in)
	if said.Outcome == models.OutcomePending {
		said = pollSimulated(t, e, in, said)
	}
	if !slices.Contains(byDigit[digit], said.Outcome) && !exceptional(e, digit, said) {
		t.Errorf("…%c: %s, HTTP %d, %v", digit, said.Outcome, said.HTTP, said.Err)
	}
	after := sim.Count(e.def.Vendor, phone.Digits())
	if hits, billed := after.Hits-before.Hits, after.Billed-before.Billed; hits != wantHits(e, digit) || billed > 1 || said.Outcome == models.OutcomeFound && billed != 1 {
		t.Errorf("…%c: %d hits, %d of them billed", digit, hits, billed)
	}
	if said.Outcome == models.OutcomeRateLimited && said.RetryAfter <= 0 {
		t.Errorf("…6: no time to retry after")
	}
	if e.def.Mode == "owner" && said.Outcome == models.OutcomeFound {
		checkSimulatedOwner(t, said.Owners[0], person)
	}
}

// pollSimulated asks for what is owed until it is there. Polls are neither hits on the number nor billed by themselves.
func pollSimulated(t *testing.T, e *Endpoint, in Inquiry, said Reading) Reading {
	t.Helper()
	if e.def.Poll == nil {
		return said
	}
	ref := said.Ref
	for range 3 {
		if said = e.Poll(t.Context(), in, ref); said.Outcome != models.OutcomePending {
			return said
		}
	}
	t.Errorf("…%s: still pending", in.Reference[23:])
	return said
}

// wantHits is how often the vendor is asked about the number: not at all when there is nobody to ask for consent first.
func wantHits(e *Endpoint, digit byte) int {
	if e.def.Auth.Kind == "ciba" && digit == '1' {
		return 0
	}
	return 1
}

// exceptional knows what a vendor says in its own way.
func exceptional(e *Endpoint, digit byte, said Reading) bool {
	switch {
	case e.def.Vendor == "youverify" && digit == '3': // pending, and found when its source is back
		return said.Outcome == models.OutcomeFound
	case (e.def.ID == "smile_v1_async" || e.def.ID == "smile_v3") && digit == '3': // a job that has ended without an answer
		return said.Outcome == models.OutcomeNotApplicable
	case e.def.ID == "camara_match" && digit == '4': // an operator that wants a document first
		return said.Outcome == models.OutcomeNotApplicable
	}
	return false
}

func checkSimulatedOwner(t *testing.T, got Person, want simulator.Person) {
	t.Helper()
	for _, name := range []string{want.First, want.Last} {
		if !slices.Contains(strings.Fields(got.FullName), strings.ToUpper(name)) {
			t.Errorf("%s is not in %s", name, got.FullName)
		}
	}
	if got.DateOfBirth != want.Born {
		t.Errorf("born %s, want %s", got.DateOfBirth, want.Born)
	}
}

func TestAVendorThatDoesNotKnowUsIsACredentialsFault(t *testing.T) {
	t.Parallel()
	for _, d := range catalogue(t).List() {
		_, accounts, glass := simulated(t)
		a := accounts[d.Vendor]
		a.Secret = "wrong"
		if a.PrivateKeyFile != "" {
			a.PrivateKeyFile = keyFile(t)
		}
		e, err := Parts{Vendors: map[string]config.Vendor{d.Vendor: a}, Now: glass.now, Sleep: glass.sleep, Limits: allowed}.Endpoint(d.Name)
		if err != nil {
			t.Fatal(err)
		}
		said := e.Ask(t.Context(), Inquiry{
			Phone: asked.Phone, First: "A", Last: "B", Reference: "r-1", TenureDate: "2020-01-01", SpecifiedDate: "2020-01-01",
			ConsentAt: noon, NoticeURL: "https://shop.example/privacy", NoticeLang: "EN",
		})
		if said.Outcome != models.OutcomeCredentials {
			t.Errorf("%s: %s, HTTP %d, %v", d.Name, said.Outcome, said.HTTP, said.Err)
		}
		_ = e.Close()
	}
}

func TestAllVendorsTogetherAnswerThroughTheRouter(t *testing.T) {
	t.Parallel()
	_, accounts, _ := simulated(t)
	names := []string{"mtn", "youverify", "prembly", "dojah"}
	r := vendorRouter(t, Parts{Vendors: accounts}, names...)
	got := r.Owners(t.Context(), question(t, "08030000005")) // every wallet is empty, at most three are asked
	if got.Outcome != models.OutcomeWalletEmpty || len(got.Attempts) != 3 {
		t.Errorf("%s after %v", got.Outcome, trail(got))
	}
}
