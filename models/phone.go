package models

import "strings"

// Phone is a telephone number that has been understood: E.164 digits without the plus. The zero value is no number.
type Phone struct{ digits string }

// ErrPhone is the refusal of text that is no number of the country asked.
var ErrPhone = Fail(Invalid, "not a valid phone number")

const nigeria = "234"

// ParseNigerian reads a Nigerian number as people and programs write it: 0803…, 234803…, +234803…, 00234803… or the
// bare ten digits, with spaces, dashes, dots and brackets anywhere. The national number has ten digits and begins
// with 7, 8 or 9. The range is judged by shape, not by a list of carriers, because 0800 numbers occur in samples and
// numbers move between carriers.
func ParseNigerian(text string) (Phone, error) {
	digits, plus, ok := dial(text)
	if !ok {
		return Phone{}, ErrPhone
	}
	national := digits
	switch {
	case plus:
		national = strings.TrimPrefix(digits, nigeria)
		ok = len(digits) == 13
	case len(digits) == 13:
		national = strings.TrimPrefix(digits, nigeria)
	case len(digits) == 15:
		national = strings.TrimPrefix(digits, "00"+nigeria)
	case len(digits) == 11:
		national = strings.TrimPrefix(digits, "0")
	}
	if !ok || len(national) != 10 || national[0] < '7' {
		return Phone{}, ErrPhone
	}
	return Phone{digits: nigeria + national}, nil
}

// dial keeps the digits of text, refusing every character that is not a digit, a separator or one leading plus.
func dial(text string) (digits string, plus, ok bool) {
	if len(text) > 40 {
		return "", false, false
	}
	kept := make([]byte, 0, len(text))
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			kept = append(kept, c)
		case c == '+' && !plus && len(kept) == 0:
			plus = true
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')':
		default:
			return "", false, false
		}
	}
	return string(kept), plus, len(kept) > 0
}

// PhoneFromE164 takes a number that was stored by us, such as +2348031234567. It does not judge it.
func PhoneFromE164(text string) Phone { return Phone{digits: strings.TrimPrefix(text, "+")} }

// E164 gives +2348031234567.
func (p Phone) E164() string { return "+" + p.digits }

// Digits gives 2348031234567.
func (p Phone) Digits() string { return p.digits }

// National gives the form that people dial inside the country: 08031234567. No number gives none.
func (p Phone) National() string {
	if p.IsZero() {
		return ""
	}
	return "0" + strings.TrimPrefix(p.digits, nigeria)
}

// LastDigit is the number's last digit, 0 to 9.
func (p Phone) LastDigit() int { return int(p.digits[len(p.digits)-1] - '0') }

// IsZero tells whether there is no number.
func (p Phone) IsZero() bool { return p.digits == "" }

// String hides all but the last two digits, so that a number which slips into a log or a message names nobody.
func (p Phone) String() string {
	if len(p.digits) < 2 {
		return ""
	}
	return "+***" + p.digits[len(p.digits)-2:]
}
