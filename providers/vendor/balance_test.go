package vendor

import (
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/providers/simulator"
)

func TestTheVendorsBalancesAreReadFromTheirContracts(t *testing.T) {
	t.Parallel()
	sim, accounts, _ := simulated(t)
	for _, c := range vendorCandidates(t, Parts{Vendors: accounts}, "dojah", "prembly", "youverify") {
		if c.Name == "youverify" {
			if c.Balance != nil {
				t.Error("youverify tells no balance")
			}
			continue
		}
		left, outcome, err := c.Balance.Ask(t.Context())
		if left != models.NGN(55050) || outcome != models.OutcomeFound || err != nil {
			t.Errorf("%s: %v, %s, %v", c.Name, left, outcome, err)
		}
	}
	if n := sim.Count("dojah", ""); n.Billed != 0 {
		t.Errorf("a balance check was billed: %+v", n)
	}
}

func TestAVendorThatNoLongerKnowsUsIsDisabledByItsBalanceCheck(t *testing.T) {
	t.Parallel()
	_, accounts, _ := simulated(t)
	wrong := accounts["dojah"]
	wrong.Secret = "wrong"
	accounts["dojah"] = wrong
	r := vendorRouter(t, Parts{Vendors: accounts}, "dojah")
	r.CheckBalances(t.Context())
	if got := r.Owners(t.Context(), question(t, "08030000000")).Outcome; got != models.OutcomeDisabled {
		t.Error(got)
	}
}

func TestAnEmptyWalletIsAskedNoMoreUntilItIsFilledAtTheVendor(t *testing.T) {
	t.Parallel()
	sim, accounts, _ := simulated(t)
	low := accounts["dojah"]
	low.BalanceFloor = 1_000_000 // the simulator's wallet holds 550.50 naira
	accounts["dojah"] = low
	r := vendorRouter(t, Parts{Vendors: accounts}, "dojah", "prembly")
	first := trail(r.Owners(t.Context(), question(t, "08030000005")))
	if got := strings.Join(first, ", "); got != "dojah wallet_empty, prembly wallet_empty" {
		t.Error(got)
	}
	r.CheckBalances(t.Context())
	got := r.Owners(t.Context(), question(t, "08030000000"))
	if steps := strings.Join(trail(got), ", "); steps != "dojah disabled, prembly found" {
		t.Error(steps)
	}
	if n := sim.Count("dojah", "08030000000"); n != (simulator.Count{}) {
		t.Errorf("dojah was asked: %+v", n)
	}
}

func TestABalanceIsReadToTheKoboHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"550.50": 55050, "1,550.5": 155050, " 0 ": 0, "12": 1200, "-3.5": -350, "0.009": 0, "90071992547409.93": 9007199254740993,
	} {
		if got, ok := (&balanceTerms{}).minor(text); !ok || got != want {
			t.Errorf("%q: %d, %t", text, got, ok)
		}
	}
	if got, ok := (&balanceTerms{Unit: "minor"}).minor("550.5"); !ok || got != 550 {
		t.Errorf("kobo: %d, %t", got, ok)
	}
	for _, text := range []string{"", "NGN 5", "1e9", "1/3", "0x10", "99999999999999999999", strings.Repeat("9", 40), "NaN"} {
		if got, ok := (&balanceTerms{}).minor(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}
