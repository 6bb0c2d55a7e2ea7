package models

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxReference is how long a reference may be, in characters.
const MaxReference = 200

// CheckReference takes a name by which a caller finds something of its own, such as a person or a payment. It is 1 to
// 200 characters of UTF-8 on one line, all of them visible: no tab, no line break, no control or formatting character.
func CheckReference(field, text string) error {
	if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxReference {
		return BadField(field, field+" must be 1 to "+strconv.Itoa(MaxReference)+" characters")
	}
	if strings.ContainsFunc(text, unseen) {
		return BadField(field, field+" must not hold tabs, line breaks or control characters")
	}
	return nil
}

func unseen(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
