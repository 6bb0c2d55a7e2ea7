package smpp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func ucs2(text string) (b []byte) {
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit>>8), byte(unit))
	}
	return b
}

func TestALongTextIsCutWhereNoCharacterIsTorn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		coding Coding
		text   []byte
		want   []int
	}{
		"nothing":              {GSM7, nil, []int{0}},
		"just one":             {GSM7, bytes.Repeat([]byte("a"), 160), []int{160}},
		"one more":             {GSM7, bytes.Repeat([]byte("a"), 161), []int{153, 8}},
		"two full":             {GSM7, bytes.Repeat([]byte("a"), 306), []int{153, 153}},
		"an escape at the cut": {GSM7, []byte(strings.Repeat("a", 152) + "\x1b\x65" + strings.Repeat("b", 10)), []int{152, 12}},
		"just one, wide":       {UCS2, ucs2(strings.Repeat("я", 70)), []int{140}},
		"one more, wide":       {UCS2, ucs2(strings.Repeat("я", 71)), []int{134, 8}},
		"a pair at the cut":    {UCS2, ucs2(strings.Repeat("я", 66) + "😀" + strings.Repeat("я", 10)), []int{132, 24}},
	} {
		m := Message{From: From("Shop"), To: International("2348031234567"), Text: c.text, Coding: c.coding}
		var got []int
		var joined []byte
		for _, part := range m.split() {
			got, joined = append(got, len(part)), append(joined, part...)
		}
		if !bytes.Equal(joined, c.text) {
			t.Errorf("%s: the parts are not the text", name)
		}
		if len(got) != len(c.want) || got[0] != c.want[0] || got[len(got)-1] != c.want[len(c.want)-1] {
			t.Errorf("%s: %v instead of %v", name, got, c.want)
		}
	}
}

func TestPartsAreNumberedAndOnlyTheLastAsksForAReceipt(t *testing.T) {
	t.Parallel()
	m := Message{From: From("Shop"), To: International("234803"), Text: bytes.Repeat([]byte("a"), 161), Validity: 5 * time.Minute}
	bodies, err := m.parts(9)
	if err != nil || len(bodies) != 2 {
		t.Fatal(len(bodies), err)
	}
	head := "\x00\x05\x00Shop\x00\x01\x01234803\x00\x40\x00\x00\x00000000000500000R\x00"
	for i, want := range []string{
		head + "\x00\x00\x00\x00\x9f\x05\x00\x03\x09\x02\x01" + strings.Repeat("a", 153),
		head + "\x01\x00\x00\x00\x0e\x05\x00\x03\x09\x02\x02" + strings.Repeat("a", 8),
	} {
		if string(bodies[i]) != want {
			t.Errorf("part %d is\n%q instead of\n%q", i+1, bodies[i], want)
		}
	}
}

func TestWhatCannotBeSentIsRefused(t *testing.T) {
	t.Parallel()
	to := International("234803")
	for name, m := range map[string]Message{
		"no sender":       {To: to},
		"no receiver":     {From: From("Shop")},
		"a NUL":           {From: From("Sh\x00op"), To: to},
		"a long sender":   {From: From(strings.Repeat("x", 21)), To: to},
		"an endless text": {From: From("Shop"), To: to, Text: bytes.Repeat([]byte("a"), 153*maxParts+1)},
	} {
		if _, err := m.parts(1); !errors.Is(err, errAddress) && !errors.Is(err, errTooLong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASenderIsANameAShortCodeOrANumber(t *testing.T) {
	t.Parallel()
	for sender, want := range map[string]Address{
		"Whoseline":      {Type: 5, Text: "Whoseline"},
		"4Sure":          {Type: 5, Text: "4Sure"},
		"32811":          {Type: 3, Text: "32811"},
		"+2348031234567": {Type: 1, Plan: 1, Text: "2348031234567"},
	} {
		if got := From(sender); got != want {
			t.Errorf("%s: %+v", sender, got)
		}
	}
}

func TestSpansAreWrittenAsTheProtocolWantsThem(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "", 0: "", time.Millisecond: "000000000001000R", 10 * time.Minute: "000000001000000R",
		time.Hour + 2*time.Minute + 3*time.Second: "000000010203000R", 48 * time.Hour: "000000235959000R",
	} {
		if got := relative(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}
