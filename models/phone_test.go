package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"whoseline/models"
)

func TestANumberIsUnderstoodInEveryFormThatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"08031234567", "8031234567", "2348031234567", "+2348031234567", "002348031234567", "0803 123 4567", "0803-123-4567",
		"(0803) 123.4567", "+234 (803) 123-4567", " +234 803 123 4567 ", "(+234) 8031234567",
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
		"", " ", "+", "12345", "0803123456", "080312345678", "+08031234567", "++2348031234567", "234+8031234567", "0803FLOWERS",
		"08031234567;ext=5", "08031234567x", "٠٨٠٣١٢٣٤٥٦٧", "06031234567", "+14155550100", "+2346031234567", "2340803123456",
		"00448031234567", "+23408031234567", "+234", "1234567890", "0803\n1234567", "0803\x001234567", strings.Repeat("0", 41),
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

func FuzzParseNigerian(f *testing.F) {
	for _, seed := range []string{"08031234567", "+234 (803) 123-4567", "8031234567", "002348031234567", "0803FLOWERS", "+", "٠٨٠", "\xff"} {
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
		for _, form := range []string{p.E164(), p.Digits(), p.National(), p.National()[1:], "00" + p.Digits()} {
			if again, err := models.ParseNigerian(form); err != nil || again != p {
				t.Errorf("%q, written %s, is %s, %v", text, form, again.E164(), err)
			}
		}
	})
}
