package settings

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

func TestWhatABusinessDidNotChooseIsTheOperators(t *testing.T) {
	t.Parallel()
	operator := Operator{Retention: time.Hour, Codes: usualLimits}
	if diff := cmp.Diff(Settings{Retention: time.Hour, Policy: Attested, Codes: usualLimits}, operator.For(Choices{})); diff != "" {
		t.Error(diff)
	}
}

func TestABusinesssChoicesAreLaidOverTheOperators(t *testing.T) {
	t.Parallel()
	only := true
	operator := Operator{Retention: time.Hour, Codes: usualLimits}
	got := operator.For(Choices{
		NaturalWindow: 30, Channels: []string{"termii"}, Release: models.DiscloseVerdict, RetentionDays: 2,
		Possession: &Codes{
			Policy: OTPRequired, Limits: map[string]int64{"ip": 0, "money": 700}, Countries: []string{"NG"}, Prefixes: []string{"NG", "4178"},
			RecordOnly: &only, Pumping: "enforce",
		},
	})
	want := Settings{
		Window: 30 * time.Second, Channels: []string{"termii"}, Release: models.DiscloseVerdict, Retention: 48 * time.Hour,
		Policy: OTPRequired, Codes: usualLimits,
	}
	want.Codes.PerIP.Most, want.Codes.Money.Most = 0, 700
	want.Codes.Countries, want.Codes.Prefixes = []string{"NG"}, append(NigerianOperators(), "4178")
	want.Codes.RecordOnly, want.Codes.Pumping.Mode = true, ModeEnforce
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(usualLimits, operator.Codes); diff != "" {
		t.Errorf("one business's choices changed what holds for others: %s", diff)
	}
	if forEver := operator.For(Choices{RetentionDays: KeepForEver}).Retention; forEver != 0 {
		t.Errorf("for ever is %v", forEver)
	}
}

var usualLimits = Limits{PerNumber: Cap{3, 10 * time.Minute}, PerIP: Cap{120, time.Hour}, Pumping: Pumping{Mode: ModeRecord, Share: 20}}
