package smpp

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnIDThatNobodyRemembersIsSoughtInEitherBase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"10":                   {"10", "16", "a", "A", "0000000a", "0000000A"},
		"00AF":                 {"00AF", "175"},
		"3735928559":           {"3735928559", "237121996121", "deadbeef", "DEADBEEF"},
		"0d9f5c5c-4ad6":        {"0d9f5c5c-4ad6"},
		"18446744073709551616": {"18446744073709551616"},
		"two words":            nil,
		"":                     nil,
	} {
		if diff := cmp.Diff(want, newIDs().meant("", text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestAnIDThatIsRememberedIsTheOnlyOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ given, parameter, text, want string }{
		"as it is":            {"10", "", "10", "10"},
		"hex as decimal":      {"16", "", "10", "16"},
		"decimal as hex":      {"A", "", "10", "A"},
		"padded":              {"0000000a", "", "10", "0000000a"},
		"the parameter's own": {"1a", "1a", "10", "1a"},
	} {
		i := newIDs()
		i.note(c.given)
		if diff := cmp.Diff([]string{c.want}, i.meant(c.parameter, c.text)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTheFormOfReceiptsIsLearnt(t *testing.T) {
	t.Parallel()
	i := newIDs()
	i.note("1F")
	i.meant("", "31")
	if diff := cmp.Diff([]string{"20"}, i.meant("", "32")); diff != "" { // of a message that another process sent
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"not-a-number"}, i.meant("", "not-a-number")); diff != "" {
		t.Error(diff)
	}
}

func TestOldIDsAreForgotten(t *testing.T) {
	t.Parallel()
	i := newIDs()
	for n := range 3 * keptIDs {
		i.note("m-" + strconv.Itoa(n))
	}
	if len(i.given) != keptIDs || len(i.order) != keptIDs {
		t.Fatalf("%d and %d are kept", len(i.given), len(i.order))
	}
	for n, want := range map[int]bool{2*keptIDs - 1: false, 2 * keptIDs: true, 3*keptIDs - 1: true} {
		if _, kept := i.given["m-"+strconv.Itoa(n)]; kept != want {
			t.Errorf("%d: %v", n, kept)
		}
	}
}

func TestAnIDThatCannotBeKeptIsNone(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"ok-1": "ok-1", "a b": "", "\x80": "", strings.Repeat("x", maxID+1): ""} {
		if got := usable(id); got != want {
			t.Errorf("%q: %q", id, got)
		}
	}
}
