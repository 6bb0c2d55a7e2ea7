package vendor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/lookup"
	"whoseline/models"
)

func TestWhatIsAVendorsOwnIsNotShared(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"nimc": "nimc", "telco:mtn": "telco:mtn", "reseller:unknown": "", "telco:own": ""} {
		if got := (&definition{Source: text}).shared(); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestAVendorIsMadeForWhatItsDefinitionsSay(t *testing.T) {
	t.Parallel()
	candidates := vendorCandidates(t, Parts{Vendors: everyAccount(t)}, "dojah", "qoreid", "youverify", "dojah_basic")
	first, last := "Joe", "Leo"
	plan := func(q lookup.Question) (names []string) {
		for _, c := range candidates {
			if c.Covers(q) && (!q.Advanced || !c.BasicOnly) {
				names = append(names, c.Name)
			}
		}
		return names
	}
	q := question(t, "08031234567")
	abroad, named, full := q, q, q
	abroad.Phone, full.Advanced = models.PhoneFromE164("+34629255833"), true
	named.Expected = &models.Expected{FirstName: &first, LastName: &last}
	for name, row := range map[string]struct {
		q    lookup.Question
		want []string
	}{
		"a number": {q, []string{"dojah", "youverify", "dojah_basic"}}, "a number abroad": {abroad, nil},
		"with names": {named, []string{"dojah", "qoreid", "youverify", "dojah_basic"}}, "the full record": {full, []string{"dojah", "youverify"}},
	} {
		if diff := cmp.Diff(row.want, plan(row.q)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if dojah, youverify := candidates[0], candidates[2]; dojah.Data != "nimc" || dojah.Balance == nil || dojah.PendingIsOutage ||
		youverify.Data != "" || !youverify.PendingIsOutage || youverify.Balance != nil {
		t.Errorf("dojah %+v, youverify %+v", dojah, youverify)
	}
}
