package access

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestATokenOfOursCarriesItsChecksum(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 1000 {
		token := mint(i%2 == 0)
		if !plausible(token) || len(token) != 46 || seen[token] || !presentable(token) {
			t.Fatalf("minted %q", token)
		}
		seen[token] = true
	}
	if got := checksum("123456789"); got != "3jZRME" { // the CRC-32 check value, 0xCBF43926, in base 62
		t.Errorf("checksum: %q", got)
	}
}

func TestASlipInATokenIsNoticed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		token := mint(rapid.Bool().Draw(t, "sandbox"))
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
		other := alphabet[rapid.IntRange(0, len(alphabet)-1).Draw(t, "character")]
		slipped := token[:at] + string(other) + token[at+1:]
		if slipped != token && strings.HasPrefix(slipped, ourPrefix) && plausible(slipped) {
			t.Fatalf("%q passed for %q", slipped, token)
		}
	})
}

func TestTheDigestIsThatOfTheWholeToken(t *testing.T) {
	t.Parallel()
	if a, b := digestOf(strings.Repeat("a", 199)+"b"), digestOf(strings.Repeat("a", 200)); a == b {
		t.Error("the last character does not count")
	}
}

func FuzzToken(f *testing.F) {
	f.Add(mint(true))
	f.Add(mint(false))
	f.Add("wl_live_")
	f.Add("someone-elses-token")
	f.Fuzz(func(t *testing.T, token string) {
		if !plausible(token) {
			return
		}
		if !presentable(token) || len(hintOf(token)) != hintLen {
			t.Errorf("%q is plausible but cannot be presented", token)
		}
		if strings.HasPrefix(token, ourPrefix) && token[len(token)-6:] != checksum(token[:len(token)-6]) {
			t.Errorf("%q has a wrong checksum", token)
		}
	})
}
