package possession

import (
	"strings"
	"testing"

	"whoseline/models"
)

func TestNumbersForTheWholeWorld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, region, want string }{
		{"+2348012345678", "CH", "+2348012345678"},
		{"+234 (801) 234-56.78", "CH", "+2348012345678"},
		{"079 123 45 67", "CH", "+41791234567"},
		{"0041791234567", "CH", "+41791234567"},
		{"+201000000000", "", "+201000000000"},
		{"+39 06 1234 5678", "", "+390612345678"}, // Italy keeps its zero
		{"+2348000000000", "", "+2348000000000"},
		{"079 123 45 67", "", ""},
		{"abc", "CH", ""},
		{"", "CH", ""},
		{"+", "CH", ""},
		{"+234", "CH", ""},
		{"+2348012345678901", "CH", ""},
		{"+1+14155550100", "CH", ""},
		{"0803FLOWERS", "NG", ""},
		{"+2348012345678;ext=5", "CH", ""},
		{"+٢٣٤٨٠١٢٣٤٥٦٧٨", "CH", ""},
		{"+999123456789", "CH", ""},
		{"+200000000000", "CH", ""}, // it would lose a zero each time it is read
		{strings.Repeat("1", 41), "CH", ""},
	} {
		got, err := ParseInternational(c.text, c.region)
		expectPhone(t, c.text, got, err, c.want)
	}
}

func TestACodeAndANumberApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, national, want string }{
		{"20", "01000000000", "+201000000000"},
		{"+20", "1000000000", "+201000000000"},
		{"0020", "010 0000 0000", "+201000000000"},
		{"234", "08012345678", "+2348012345678"},
		{"234", "08000000000", "+2348000000000"},
		{"1", "4155550100", "+14155550100"},
		{"39", "0612345678", "+390612345678"},
		{"20", "abc", ""},
		{"20", "", ""},
		{"", "01000000000", ""},
		{"abc", "01000000000", ""},
		{"20", "+201000000000", ""},
		{"20", "01xxxxxxxxx", ""},
		{"2", "01000000000", ""},
		{"999", "01000000000", ""},
		{"20", "0100000000000000", ""},
	} {
		got, err := ParseApart(c.code, c.national)
		expectPhone(t, c.code+" "+c.national, got, err, c.want)
	}
}

func TestLooseNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dial, number, want string }{
		{"+1+1", "555-123-4567", "+15551234567"},
		{"+1", "5551234567", "+15551234567"},
		{"+91", "555-1234", "+915551234"},
		{"+91", "123456789", "+91123456789"},
		{"91", "123456789", "+91123456789"},
		{"0091", "123456789", "+91123456789"},
		{"+91+91", "98123 45678", "+919812345678"},
		{"+91", "+919812345678", "+919812345678"},
		{"+234", "08012345678", "+2348012345678"}, // the zero makes no second number
		{"+234", "8012345678", "+2348012345678"},
		{"+234", "08000000000", "+2348000000000"},
		{"+44 ", " 020 7946 0018 ", "+442079460018"},
		{"+1876", "5551234", "+18765551234"},
		{"+91", "123", "+91123"},
		{"+91", "12", ""},
		{"+91", "123456789012345", "+91123456789012345"}, // the longest
		{"+91", "1234567890123456", ""},
		{"+91", "12345678901234x", ""},
		{"+1+2", "5551234", ""},
		{"+", "5551234", ""},
		{"", "5551234", ""},
		{"+000", "5551234", ""},
		{"+1234567", "5551234", ""},
		{"+91", "", ""},
		{"+91", "٥٥٥١٢٣٤", ""},
	} {
		got, err := ParseLoose(c.dial, c.number)
		expectPhone(t, c.dial+" "+c.number, got, err, c.want)
	}
}

func expectPhone(t *testing.T, asked string, got models.Phone, err error, want string) {
	t.Helper()
	switch {
	case want == "" && models.CodeOf(err) != models.Invalid:
		t.Errorf("%q: %s, %v; want a refusal", asked, got.Digits(), err)
	case want != "" && (err != nil || got.E164() != want):
		t.Errorf("%q: %s, %v; want %s", asked, got.Digits(), err, want)
	}
}

func TestEmailAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a@example.com":           "a@example.com",
		"A.b+c@EXAMPLE.com":       "A.b+c@example.com",
		"":                        "",
		"a":                       "",
		"a@":                      "",
		"Ada <a@example.com>":     "",
		"<a@example.com>":         "",
		"a@example.com, b@x.com":  "",
		"a b@example.com":         "",
		"a@example.com\r\nBcc: b": "",
		"é@example.com":           "",
		"a~b@example.com":         "a~b@example.com",
		strings.Repeat("a", 242) + "@example.com": strings.Repeat("a", 242) + "@example.com", // 254 characters
		strings.Repeat("a", 243) + "@example.com": "",
	} {
		got, err := ParseEmail(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestTheCountryOfANumber(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+2348012345678": "NG", "+201000000000": "EG", "+14155550100": "US", "+18765551234": "JM", "+91123": "IN", "+999123456": "",
		"+80012345678": "",
	} {
		if got := natureOf(phone(number)).region; got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}

func TestABlockIsAllButTheLastSixDigits(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]string{"2348012345678": "2348012", "123456": "", "123": ""} {
		p, err := models.PhoneFromDigits(digits)
		if err != nil || p.Block() != want {
			t.Errorf("%s: %q, %v", digits, p.Block(), err)
		}
	}
	for _, digits := range []string{"", "12", "123456789012345678901", "12a4", "+1234"} {
		if _, err := models.PhoneFromDigits(digits); err == nil {
			t.Errorf("%q was taken", digits)
		}
	}
}

// samples start the fuzz targets.
var samples = [][2]string{
	{"+1+1", "555-123-4567"},
	{"20", "01000000000"},
	{"CH", "+2348012345678"},
	{"+91", "123456789"},
	{"NG", "0803FLOWERS"},
	{"0", "+"},
	{"+ +", "  "},
	{"39", "06.1234"},
	{"", ";ext=5"},
	{"+٢", "٣"},
}

func FuzzParseInternational(f *testing.F) {
	for _, s := range samples {
		f.Add(s[1], s[0])
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		p, err := ParseInternational(text, region)
		if sound(t, p, err) {
			again, err := ParseInternational(p.E164(), "")
			if err != nil || again != p {
				t.Errorf("%s became %s, %v", p.Digits(), again.Digits(), err)
			}
		}
	})
}

func FuzzParseApart(f *testing.F) {
	for _, s := range samples {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, code, national string) {
		p, err := ParseApart(code, national)
		sound(t, p, err)
	})
}

func FuzzParseLoose(f *testing.F) {
	for _, s := range samples {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, dial, number string) {
		p, err := ParseLoose(dial, number)
		if sound(t, p, err) {
			if again, err := ParseLoose(dial, number); err != nil || again != p {
				t.Error("a second reading gave another number")
			}
			_ = natureOf(p)
		}
	})
}

func FuzzParseEmail(f *testing.F) {
	f.Add("a@example.com")
	f.Add("Ada <a@example.com>")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseEmail(text)
		if err == nil && (strings.ContainsAny(got, " \r\n<>,") || !strings.Contains(got, "@")) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

// sound checks what every number must be, and tells whether there is one.
func sound(t *testing.T, p models.Phone, err error) bool {
	t.Helper()
	if err != nil {
		if !p.IsZero() || models.CodeOf(err) != models.Invalid {
			t.Errorf("%s beside %v", p.Digits(), err)
		}
		return false
	}
	if len(p.Digits()) < 3 || len(p.Digits()) > 20 || strings.Trim(p.Digits(), "0123456789") != "" {
		t.Errorf("a number of the digits %q", p.Digits())
	}
	return true
}

func TestNoDoorTakesADecimalOrLosesAPastedNumber(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"803123001.0": false, "8031230010.00": false, "803.1234567": false, "80312300.10": false, "8.03123001e9": false,
		"0803 123 0010": true, "\u202a0803\u00a0123\u00a00010\u202c": true, "0803\u2011123\u20110010": true, "0803.123.0010": true,
	} {
		world, err := ParseInternational(text, "NG")
		apart, wrong := ParseApart("+234", text)
		loose, bad := ParseLoose("+234", text)
		if (err == nil) != good || (wrong == nil) != good || (bad == nil) != good {
			t.Errorf("%q: %v, %v, %v", text, err, wrong, bad)
		}
		if good && (world.National() != "08031230010" || apart != world || loose != world) {
			t.Errorf("%q: %s, %s, %s", text, world.E164(), apart.E164(), loose.E164())
		}
	}
}
