package edge

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestTextIsWrittenAsJSONThatReadsBackTheSame(t *testing.T) {
	t.Parallel()
	all := make([]byte, 0, 128)
	for c := range byte(utf8.RuneSelf) {
		all = append(all, c)
	}
	for _, text := range []string{
		"", "plain", string(all), `"`, `\`, `\u0041`, "é<&>\u2028\u2029", "\U0001F600", "\n\r\t\b\f\x00\x7f", "a\xffb", "\xed\xa0\x80",
		"\xe2\x80", "\uFFFD", strings.Repeat("é\x01", 100),
	} {
		written := AppendText([]byte("kept"), text)
		var back string
		if err := json.Unmarshal(written[len("kept"):], &back); err != nil {
			t.Errorf("%q is written as %s: %v", text, written, err)
		}
		if want := string([]rune(text)); back != want { // each byte that is no UTF-8 becomes one U+FFFD
			t.Errorf("%q reads back as %q", text, back)
		}
		if !strings.HasPrefix(string(written), `kept"`) || !utf8.Valid(written) {
			t.Errorf("%q is written as %q", text, written)
		}
	}
}

func TestTextEscapesOnlyWhatJSONDemands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"<&>\u2028\u2029é/'": "\"<&>\u2028\u2029é/'\"",
		"\"\\":               `"\"\\"`,
		"\n\r\t":             `"\n\r\t"`,
		"\x00\x1f\x7f":       "\"\\u0000\\u001f\x7f\"",
		"\xff\xfe":           "\"\uFFFD\uFFFD\"",
	} {
		if got := string(AppendText(nil, text)); got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
	}
}

func FuzzAppendText(f *testing.F) {
	for _, seed := range []string{"", "a\xffb", "\x00\"\\\n", "é\u2028<&>", "\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var back, standard string
		if err := json.Unmarshal(AppendText(nil, text), &back); err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, &standard); err != nil || back != standard {
			t.Errorf("%q reads back as %q, the standard library has %q (%v)", text, back, standard, err)
		}
	})
}

func TestAnObjectHasItsMembersInTheOrderOfTheCalls(t *testing.T) {
	t.Parallel()
	w := &ObjectWriter{Buf: []byte("{")}
	w.Text("a", "x")
	w.Known("b", "")
	w.Open("c")
	w.Flag("d", true)
	w.Close()
	w.Flag("e", false)
	w.Raw("f", "[1]")
	w.Time("g", time.Date(2021, 12, 15, 1, 20, 53, 143999999, time.FixedZone("WAT", 3600)))
	w.Close()
	if want := `{"a":"x","b":null,"c":{"d":true},"e":false,"f":[1],"g":"2021-12-15T00:20:53.143Z"}`; string(w.Buf) != want {
		t.Errorf("%s", w.Buf)
	}
}
