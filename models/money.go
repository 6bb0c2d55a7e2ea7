package models

import (
	"math"
	"strconv"
)

// Naira is the currency of every wallet so far (ISO 4217).
const Naira = "NGN"

// Money is an amount in the currency's minor unit: 5000 NGN minor is 50 naira.
type Money struct {
	Minor    int64
	Currency string
}

// NGN is an amount in kobo.
func NGN(kobo int64) Money { return Money{Minor: kobo, Currency: Naira} }

// String gives "50.00 NGN".
func (m Money) String() string {
	return string(m.Append(nil))
}

// Append writes the text of String to buf.
func (m Money) Append(buf []byte) []byte {
	minor := uint64(m.Minor)
	if m.Minor < 0 {
		buf, minor = append(buf, '-'), uint64(-m.Minor)
	}
	buf = strconv.AppendUint(buf, minor/100, 10)
	buf = append(buf, '.', byte('0'+minor%100/10), byte('0'+minor%10), ' ')
	return append(buf, m.Currency...)
}

// ParseMinor reads an amount in the minor unit as an operator types it. It takes decimal digits only. The amount is
// more than zero and at most a hundredth of what an int64 holds, so that sums stay far from overflow.
func ParseMinor(text string) (int64, error) {
	amount, err := strconv.ParseUint(text, 10, 63)
	switch {
	case err != nil || text[0] == '+':
		return 0, BadField("amount", "amount must be a whole number of kobo")
	case amount == 0:
		return 0, BadField("amount", "amount must be more than 0")
	case amount > math.MaxInt64/100:
		return 0, BadField("amount", "amount is too large")
	}
	return int64(amount), nil
}
