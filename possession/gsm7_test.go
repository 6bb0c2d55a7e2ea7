package possession

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheAlphabetHasEachCharacterAtItsPlace(t *testing.T) {
	t.Parallel()
	if n := utf8.RuneCountInString(gsm7); n != 128 {
		t.Fatalf("%d characters", n)
	}
	for r, code := range map[rune]byte{ // the corners of the table of 3GPP TS 23.038, 6.2.1
		'@': 0x00, '\n': 0x0A, '\r': 0x0D, 'Δ': 0x10, 'Ξ': 0x1A, 'Æ': 0x1C, 'É': 0x1F, ' ': 0x20, '¤': 0x24, '/': 0x2F, '0': 0x30,
		'?': 0x3F, '¡': 0x40, 'A': 0x41, 'Z': 0x5A, 'Ä': 0x5B, '§': 0x5F, '¿': 0x60, 'a': 0x61, 'z': 0x7A, 'ä': 0x7B, 'à': 0x7F,
	} {
		if got, ok := GSM7(string(r)); !ok || len(got) != 1 || got[0] != code {
			t.Errorf("%q is %x, %v", r, got, ok)
		}
	}
}

func TestWideCharactersTakeTwoPlaces(t *testing.T) {
	t.Parallel()
	if got, ok := GSM7("€1 [x]"); !ok || string(got) != "\x1b\x651 \x1b\x3cx\x1b\x3e" {
		t.Errorf("%q, %v", got, ok)
	}
}

func TestWhatTheAlphabetLacksIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\x1b", "ç", "`", "я", "😀", "\x00", "\t", strings.Repeat("a", 10) + "Ω1Α"} {
		if got, ok := GSM7(text); ok {
			t.Errorf("%q is %x", text, got)
		}
	}
}
