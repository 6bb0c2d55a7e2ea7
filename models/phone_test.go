package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"whoseline/models"
)

func TestANumberIsUnderstoodInEveryFormThatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"08031234567", "8031234567", "2348031234567", "+2348031234567", "002348031234567", "0803 123 4567", "0803-123-4567",
		"(0803) 123.4567", "+234 (803) 123-4567", " +234 803 123 4567 ", "(+234) 8031234567",
		"+234 (0) 803 123 4567", "+23408031234567", "23408031234567", "002340803 123 4567", "+234-(0)803-123-4567", // the national zero
		"0803.123.4567", "803.123.4567", "0803.1234567", "+234.803.123.4567", "+234.8031234567", "(803) 123.4567", "08.03.12.34.567",
		"\u202a+234 803 123 4567\u202c", "\u200e0803\u00a0123\u00a04567\u200f", "\ufeff08031234567", "\u2066+234\u202f803\u20091234567\u2069", // copied
		"0803\u2011123\u20134567", "+234\u2212803\u00ad1234567", "08031234567\r\n", "\t08031234567",
	} {
		p, err := models.ParseNigerian(text)
		if err != nil || p.E164() != "+2348031234567" || p.Digits() != "2348031234567" || p.National() != "08031234567" {
			t.Errorf("%q is understood as %s, %v", text, p.E164(), err)
		}
	}
}

func TestEveryRangeThatBeginsWithSevenEightOrNineIsANumber(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"070", "080", "081", "090", "091", "0800", "0700", "079", "099"} {
		text := (prefix + "00000000")[:11]
		if p, err := models.ParseNigerian(text); err != nil || p.National() != text {
			t.Errorf("%s: %s, %v", text, p.National(), err)
		}
	}
}

func TestWhatIsNoNigerianNumberIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "+", "12345", "0803123456", "080312345678", "+08031234567", "++2348031234567", "+2340803123456", "+234008031234567", "0234 803 123 4567", "02348031234567",
		"803123001.0", "0803123001.0", "8031234567.0", "80312300.10", "080312300.10", "+23480312300.10", "23480312300.10", "803.1234567",
		"8.031.234.567", "803123001.00", "0803..1234567", "08031234567.", ".08031234567", "8.031234567e9", "8031234567e0", "80 312 300.10",
		"8 031 230.010", "0803,1234567", "０８０３１２３４５６７", "08031234567 ext 5", "0803\t1234567", "08031234567/08031234568", "234+8031234567", "234+8031234567", "0803FLOWERS",
		"08031234567;ext=5", "08031234567x", "٠٨٠٣١٢٣٤٥٦٧", "06031234567", "+14155550100", "+2346031234567", "2340803123456",
		"00448031234567", "+234", "1234567890", "0803\n1234567", "0803\x001234567", strings.Repeat("0", 41),
		"08031234567" + strings.Repeat(" ", 30),
	} {
		if p, err := models.ParseNigerian(text); !errors.Is(err, models.ErrPhone) || !p.IsZero() {
			t.Errorf("%q is understood as %s, %v", text, p.E164(), err)
		}
	}
}

func TestANumberThatIsPrintedNamesNobody(t *testing.T) {
	t.Parallel()
	p, err := models.ParseNigerian("08031234567")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %s", p, p); got != "+***67 +***67" {
		t.Error(got)
	}
	if got := (models.Phone{}).String(); got != "" {
		t.Error(got)
	}
	if p.LastDigit() != 7 || p.IsZero() || !(models.Phone{}).IsZero() || models.PhoneFromE164(p.E164()) != p {
		t.Errorf("%+v", p)
	}
}

// seen gives the digits that a person reads in a text.
func seen(text string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text)
}

func FuzzParseNigerian(f *testing.F) {
	for _, seed := range []string{
		"08031234567", "+234 (803) 123-4567", "8031234567", "002348031234567", "0803FLOWERS", "+", "٠٨٠", "\xff", "803123001.0",
		"+234 (0) 803 123 4567", "\u202a+2348031234567\u202c", "0803.123.4567", "80312300.10", "+234.8031234567", "8.0312e9", "8 031 230.010",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := models.ParseNigerian(text)
		if err != nil {
			if !p.IsZero() || models.CodeOf(err) != models.Invalid {
				t.Errorf("%q: %s, %v", text, p.E164(), err)
			}
			return
		}
		if len(p.Digits()) != 13 || !strings.HasPrefix(p.Digits(), "234") || strings.Trim(p.Digits(), "0123456789") != "" {
			t.Errorf("%q has the digits %s", text, p.Digits())
		}
		prefix, whole := strings.CutSuffix(seen(text), p.National()[1:]) // no digit is invented, lost or moved
		if !whole || !slices.Contains([]string{"", "0", "234", "2340", "00234", "002340"}, prefix) {
			t.Errorf("%q is understood as %s", text, p.E164())
		}
		if _, err := strconv.ParseFloat(text, 64); err == nil && strings.ContainsAny(strings.TrimLeft(text, "+0"), ".eExXpP_") &&
			!strings.HasPrefix(text, "0") && !strings.HasPrefix(text, "+234.") {
			t.Errorf("the decimal %q is understood as %s", text, p.E164())
		}
		for _, form := range []string{p.E164(), p.Digits(), p.National(), p.National()[1:], "00" + p.Digits()} {
			if again, err := models.ParseNigerian(form); err != nil || again != p {
				t.Errorf("%q, written %s, is %s, %v", text, form, again.E164(), err)
			}
		}
	})
}

func TestNoDecimalThatAProgramWritesIsANumber(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		whole, places := chance.Int64N(1e14), chance.IntN(6)+1
		part := chance.Int64N([]int64{10, 100, 1e3, 1e4, 1e5, 1e6}[places-1])
		for _, text := range []string{
			fmt.Sprintf("%d.%0*d", whole, places, part), fmt.Sprintf("%.*e", places, float64(whole)), fmt.Sprintf("%d.0", whole),
		} {
			if p, err := models.ParseNigerian(text); err == nil {
				t.Fatalf("%s is understood as %s", text, p.E164())
			}
		}
	}
}

func TestHoweverANumberIsTakenApartItNamesTheSameOne(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(3, 4))
	between := []string{"", "", "", " ", "-", "\u00a0", "\u2011", "\u200e", "\u202c", "(", ")"}
	for range 20_000 {
		national := fmt.Sprintf("%d%09d", 7+chance.IntN(3), chance.IntN(1e9))
		text := []string{"", "0", "234", "+234", "00234", "+2340", "+234(0)"}[chance.IntN(7)] + national
		var apart strings.Builder
		for i, c := range text {
			if i > 0 {
				apart.WriteString(between[chance.IntN(len(between))])
			}
			apart.WriteRune(c)
		}
		p, err := models.ParseNigerian(apart.String())
		if len(apart.String()) <= 40 && (err != nil || p.National() != "0"+national) {
			t.Fatalf("%q is understood as %s, %v", apart.String(), p.E164(), err)
		}
	}
}
