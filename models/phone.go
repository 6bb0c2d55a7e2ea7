package models

import "strings"

// Phone is a telephone number that has been understood: E.164 digits without the plus. The zero value is no number.
type Phone struct{ digits string }

// ErrPhone is the refusal of text that is no number of the country asked.
var ErrPhone = Fail(Invalid, "not a valid phone number")

const nigeria = "234"

// ParseNigerian reads a Nigerian number as people and programs write it: 0803…, 234803…, +234803…, 00234803… or the
// bare ten digits, separated as Dialled has it. After 234 the zero of the national form may stand, as in +234 (0) 803….
// The national number has ten digits and begins with 7, 8 or 9. The range is judged by shape, not by a list of
// carriers, because 0800 numbers occur in samples and numbers move between carriers.
func ParseNigerian(text string) (Phone, error) {
	digits, plus, ok := Dialled(text)
	national := digits
	switch {
	case plus, len(digits) == 13, len(digits) == 14:
		national, ok = abroad(digits)
	case len(digits) > 14:
		if national, ok = strings.CutPrefix(digits, "00"); ok {
			national, ok = abroad(national)
		}
	case len(digits) == 11:
		national, ok = strings.CutPrefix(digits, "0")
	}
	if !ok || len(national) != 10 || national[0] < '7' {
		return Phone{}, ErrPhone
	}
	return Phone{digits: nigeria + national}, nil
}

// abroad takes the country's code away, and a zero that is left of the national form.
func abroad(digits string) (national string, ok bool) {
	national, ok = strings.CutPrefix(digits, nigeria)
	return strings.TrimPrefix(national, "0"), ok
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

// String hides all but the last two digits. A number in a log or a message then names nobody.
func (p Phone) String() string {
	if len(p.digits) < 2 {
		return ""
	}
	return "+***" + p.digits[len(p.digits)-2:]
}

// PhoneFromDigits takes a number that no library knows, which some callers have. It has 3 to 20 digits, as they are
// dialled after a plus.
func PhoneFromDigits(digits string) (Phone, error) {
	if len(digits) < 3 || len(digits) > 20 {
		return Phone{}, ErrPhone
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return Phone{}, ErrPhone
		}
	}
	return Phone{digits: digits}, nil
}

// Block gives all digits but the last six: the block of a million numbers that this one belongs to. Shorter numbers
// belong to none.
func (p Phone) Block() string { return p.digits[:max(0, len(p.digits)-6)] }
