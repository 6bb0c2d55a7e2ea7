package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// Ways in which vendors want a number written. Another way is an invalid number to them.
var (
	national = regexp.MustCompile(`^0[0-9]{10}$`)
	digits   = regexp.MustCompile(`^234[0-9]{10}$`)
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{4,14}$`)
)

// written refuses a number that is not written the vendor's way, as that vendor refuses an invalid number.
func written(way *regexp.Regexp) func(*call) *reply {
	return func(c *call) *reply {
		if way.MatchString(c.number) {
			return nil
		}
		said := c.route.answers[invalid](c)
		return &said
	}
}

// canonical gives the digits of a number in its international form, whichever way it is written.
func canonical(number string) string {
	kept := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	if len(kept) == 11 && kept[0] == '0' {
		return "234" + kept[1:]
	}
	return kept
}

// NumberKey is what a number is called in the counters, which hold no numbers. It is the same for every way of
// writing one number, and empty for none.
func NumberKey(number string) string {
	number = canonical(number)
	if number == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("whoseline simulator " + number))
	return hex.EncodeToString(sum[:8])
}

// lastDigit decides about a number; no number at all is an invalid one.
func lastDigit(number string) int {
	number = canonical(number)
	if number == "" {
		return invalid
	}
	return int(number[len(number)-1] - '0')
}
