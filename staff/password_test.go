package staff_test

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// Of the reference implementation's test vectors, those for argon2id with one lane and 32 bytes.
var referenceHashes = map[string]string{
	"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc": "password",
	"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4":   "password",
}

func TestAHashIsThatOfTheReferenceImplementation(t *testing.T) {
	t.Parallel()
	for text, password := range referenceHashes {
		again, err := staff.RewritePHC(text)
		if err != nil || again != text {
			t.Errorf("%s is written %s, %v", text, again, err)
		}
		hash, err := staff.HashOf(text, password)
		if err != nil || !strings.HasSuffix(text, "$"+base64.RawStdEncoding.EncodeToString(hash)) {
			t.Errorf("%s: %s, %v", text, base64.RawStdEncoding.EncodeToString(hash), err)
		}
	}
}

func TestOnlyAWholeHashIsRead(t *testing.T) {
	t.Parallel()
	const good = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for what, change := range map[string][2]string{
		"another function":  {"argon2id", "argon2i"},
		"another version":   {"v=19", "v=16"},
		"no memory":         {"m=256", "m=0"},
		"too much memory":   {"m=256", "m=4294967295"},
		"more than a word":  {"m=256", "m=4294967552"},
		"no rounds":         {"t=2", "t=0"},
		"too many rounds":   {"t=2", "t=65"},
		"no lanes":          {"p=1", "p=0"},
		"too many lanes":    {"p=1", "p=17"},
		"lanes without mem": {"m=256,t=2,p=1", "m=8,t=2,p=2"},
		"a leading zero":    {"m=256", "m=0256"},
		"a plus":            {"t=2", "t=+2"},
		"a space":           {"t=2", "t= 2"},
		"another parameter": {"p=1", "p=1,data=x"},
		"a short salt":      {"c29tZXNhbHQ", "c29tZXM"},
		"stray salt bits":   {"c29tZXNhbHQ$", "c29tZXNhbHR$"},
		"padding":           {"c29tZXNhbHQ$", "c29tZXNhbHQ=$"},
		"a short hash":      {"nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "nf65EOgLrQMR"},
		"no hash":           {"$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", ""},
		"a part more":       {"Gi/4", "Gi/4$"},
		"nothing before it": {"$argon2id", "argon2id"},
		"length":            {"c29tZXNhbHQ", strings.Repeat("c29t", 100)},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Errorf("%s: nothing was changed", what)
		}
		if _, err := staff.RewritePHC(text); err == nil {
			t.Errorf("%s was read: %s", what, text)
		}
	}
}

func TestTheDelayDoublesUpToItsBound(t *testing.T) {
	t.Parallel()
	var got []int
	for n := int64(1); n <= 14; n++ {
		got = append(got, int(staff.AccountDelay(n)/time.Second))
	}
	if diff := cmp.Diff([]int{0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900}, got); diff != "" {
		t.Error(diff)
	}
	if got := staff.AccountDelay(math.MaxInt64); got != 15*time.Minute {
		t.Errorf("at last %s", got)
	}
}

// A password costs its turn whether somebody has the e-mail or not, and in a crowd nobody's tries are counted.
func TestInACrowdEverybodyIsAskedToComeBack(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		d.Crowd(+1)
		for range 7 {
			for _, email := range []string{owner.Email, "nobody@shop.example"} {
				_, _, err := d.try(email, password, "")
				wantCode(t, email, err, models.Busy)
				if waitFor(err) <= 0 {
					t.Errorf("%s: come back when? %v", email, err)
				}
			}
		}
		wantCode(t, "set", d.SetPassword(t.Context(), "shop", owner.ID, "another long secret"), models.Busy)
		d.Crowd(-1)
		d.in(t, owner.Email)
	})
}

// The same letters, composed or not, are one password.
func TestAPasswordIsItsLettersNotItsBytes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storagetest.Open(t, storage.SQLite))
	owner := d.owned(t, "shop")
	if err := d.SetPassword(t.Context(), "shop", owner.ID, "caf\u00e9 au lait s'il vous pla\u00eet"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.try(owner.Email, "cafe\u0301 au lait s'il vous plai\u0302t", ""); err != nil {
		t.Error(err)
	}
}

func FuzzParsePHC(f *testing.F) {
	for text := range referenceHashes {
		f.Add(text)
	}
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$")
	f.Fuzz(func(t *testing.T, text string) {
		again, err := staff.RewritePHC(text)
		if err == nil && again != text {
			t.Errorf("%q is written %q", text, again)
		}
	})
}

func FuzzParseCode(f *testing.F) {
	for _, text := range []string{"123456", "123 456", "abcde-fghjk", "ABCDEFGHJK", "", "１２３４５６", "\xff\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, recovery, ok := staff.ParseCode(text)
		if !ok {
			return
		}
		if want := map[bool]int{false: 6, true: 10}[recovery]; len(code) != want {
			t.Errorf("%q: %q", text, code)
		}
		for _, c := range []byte(code) {
			if digit, letter := c >= '0' && c <= '9', c >= 'a' && c <= 'z'; !digit && (!recovery || !letter) {
				t.Errorf("%q: %q", text, hex.EncodeToString([]byte(code)))
			}
		}
		if again, same, ok := staff.ParseCode(code); again != code || same != recovery || !ok {
			t.Errorf("%q is read as %q", code, again)
		}
	})
}
