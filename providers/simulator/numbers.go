package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// The digits.
const (
	found = iota
	notFound
	invalid
	sourceDown
	full
	walletEmpty
	rateLimited
	slow
	malformed
	closed
)

// names are the answers that the digits ask for. Slow and closed have none, being the same everywhere; that of malformed is
// the third of its three ways, the empty one.
var names = [10]string{
	found: "found", notFound: "not_found", invalid: "invalid", sourceDown: "source_down", full: "full",
	walletEmpty: "wallet_empty", rateLimited: "rate_limited", malformed: "malformed",
}

// Ways in which vendors want a number written.
var (
	national = regexp.MustCompile(`^0[0-9]{10}$`)
	digits   = regexp.MustCompile(`^234[0-9]{10}$`)
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{4,14}$`)
	alone    = regexp.MustCompile(`^[1-9][0-9]{4,14}$`)
)

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
