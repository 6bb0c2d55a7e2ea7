package models

import "strings"

// maxDialled bounds the text of a number: in characters without the invisible ones, and in bytes with them.
const (
	maxDialled      = 40
	maxDialledBytes = 4 * maxDialled
)

// Dialled reads the digits of a telephone number and whether a plus stands before them. Every door uses it, so that one
// text is one number everywhere. Between the digits it takes blanks, dashes, brackets and dots, of any typeface. Invisible
// marks do not count: they come along when a number is copied from a page or a contact. Digits are 0 to 9 alone.
//
// A dot needs care, because programs write numbers as decimals: 803123001.0 has lost a digit and won another one.
// Text that may be a decimal is refused, see dotted.
func Dialled(text string) (digits string, plus, ok bool) {
	text, ok = Visible(text)
	if !ok || strings.ContainsRune(text, '.') && !dotted(text) {
		return "", false, false
	}
	kept := make([]byte, 0, len(text))
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			kept = append(kept, c)
		case c == '+' && !plus && len(kept) == 0:
			plus = true
		case !strings.ContainsRune(" .-()", rune(c)):
			return "", false, false
		}
	}
	return string(kept), plus, len(kept) > 0
}

// Visible gives the text of a number or a code as a person sees it. Invisible marks and the space around it are gone,
// every blank is a space and every dash a hyphen. It is false for text that is too long for a number.
func Visible(text string) (seen string, ok bool) {
	if len(text) > maxDialledBytes {
		return "", false
	}
	seen = strings.Map(visible, text)
	return strings.Trim(seen, " \t\r\n"), len(seen) <= maxDialled
}

// Unmarked is Visible for text of any length, a name or an address.
func Unmarked(text string) string { return strings.TrimSpace(strings.Map(visible, text)) }

// TypedCode gives a code without what comes along when it is read off, typed or pasted: blanks, dashes, invisible marks.
func TypedCode(text string) string {
	text, _ = Visible(text)
	return strings.NewReplacer(" ", "", "-", "").Replace(text)
}

func visible(c rune) rune {
	switch {
	case c == '\u00ad', c >= '\u200b' && c <= '\u200f', c >= '\u202a' && c <= '\u202e', c >= '\u2060' && c <= '\u2069', c == '\ufeff':
		return -1 // soft hyphens, marks of width and direction
	case c == '\u00a0', c >= '\u2000' && c <= '\u200a', c == '\u202f', c == '\u205f', c == '\u3000':
		return ' '
	case c >= '\u2010' && c <= '\u2015', c == '\u2212', c == '\ufe58', c == '\ufe63', c == '\uff0d':
		return '-'
	}
	return c
}

// dotted tells whether each dot separates groups of digits as people write them, and cannot be a decimal point. Both
// groups of a dot have two digits or more. If there is only one dot, more digits follow it. It then needs something
// that no decimal has: a plus with a country's code, a leading zero, a blank, a dash or a bracket.
func dotted(text string) bool {
	groups := strings.Split(strings.Map(func(c rune) rune {
		if strings.ContainsRune(" ()", c) {
			return -1
		}
		return c
	}, text), ".")
	for i, group := range groups {
		before, after := strings.LastIndexAny(group, "+-")+1, strings.IndexAny(group, "+-")
		if after < 0 {
			after = len(group)
		}
		if i < len(groups)-1 && len(group)-before < 2 || i > 0 && after < 2 {
			return false
		}
	}
	if len(groups) > 2 {
		return true
	}
	first, last := groups[0], groups[1]
	apart := strings.ContainsAny(text, " ()-")
	switch {
	case first[0] == '+':
		return apart || len(first) <= len("+234") && len(last) > 2
	case first[0] == '0':
		return len(last) > 2
	}
	return apart && len(last) > 3
}
