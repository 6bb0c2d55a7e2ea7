package vendor

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"whoseline/models"
)

func TestEverySignalCanBeAskedByName(t *testing.T) {
	t.Parallel()
	_, accounts, glass := simulated(t)
	signals := NewSignals(Parts{Vendors: accounts, Now: glass.now, Sleep: glass.sleep, Limits: allowed})
	names, err := signals.Names()
	if err != nil || len(names) < 6 {
		t.Fatalf("%v, %v", names, err)
	}
	told := map[string]bool{}
	for _, name := range names {
		said, err := signals.Ask(t.Context(), name, Inquiry{
			Phone: models.PhoneFromE164("+2348030000000"), Reference: "r-1", MaxAgeHours: 240, TenureDate: "2020-01-01", SpecifiedDate: "2020-01-01",
		})
		if err != nil || said.Outcome != models.OutcomeFound || len(said.Signals) == 0 {
			t.Errorf("%s: %s, %v, %v", name, said.Outcome, said.Signals, err)
		}
		for signal := range said.Signals {
			told[signal] = true
		}
	}
	want := []string{"contract_type", "device_number_verified", "number_recycled", "sim_changed_at", "sim_swapped", "tenure_since_date"}
	if got := slices.Sorted(maps.Keys(told)); !slices.Equal(got, want) {
		t.Errorf("told %v", got)
	}
}

func TestWhatGivesNoSignalIsRefused(t *testing.T) {
	t.Parallel()
	_, accounts, _ := simulated(t)
	for name, want := range map[string]string{"dojah": "dojah_basic gives no signal", "nothing": `there is no definition "nothing"`} {
		if _, err := NewSignals(Parts{Vendors: accounts}).Ask(t.Context(), name, asked); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewSignals(Parts{}).Ask(t.Context(), "camara_sim_swap", asked); err == nil || !strings.Contains(err.Error(), "providers.vendor.camara.base is not set") {
		t.Errorf("%v", err)
	}
}
