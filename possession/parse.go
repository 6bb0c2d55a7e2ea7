package possession

import (
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"whoseline/models"
)

// ErrEmail is the refusal of text that is no e-mail address.
var ErrEmail = models.BadField("email", "email is not a valid address")

// ParseInternational reads a number as people write it for the whole world, +234 801 234 5678, or for the region when
// there is no plus. Region is an ISO 3166 code; with "" only the first form is understood. Any length that the number's
// country has is accepted: the code shows whether the number is in use.
func ParseInternational(text, region string) (models.Phone, error) {
	kept, ok := dialled(text)
	if !ok || region == "" && kept[0] != '+' {
		return models.Phone{}, models.ErrPhone
	}
	parsed, err := phonenumbers.Parse(kept, region)
	if err != nil {
		return models.Phone{}, models.ErrPhone
	}
	return understood(parsed)
}

// ParseApart reads a country calling code, 20, and the number as it is dialled inside that country, 01000000000.
func ParseApart(code, national string) (models.Phone, error) {
	country, ok := dialled(code)
	number, okay := dialled(national)
	if !ok || !okay || number[0] == '+' {
		return models.Phone{}, models.ErrPhone
	}
	country = strings.TrimPrefix(strings.TrimPrefix(country, "+"), "00")
	parsed, err := phonenumbers.Parse("+"+country+number, "")
	if err != nil || country != strconv.Itoa(int(parsed.GetCountryCode())) {
		return models.Phone{}, models.ErrPhone
	}
	return understood(parsed)
}

// ParseLoose reads a dial code and a number as some apps send them, +1+1 and 555-1234. Only digits count, a dial code
// that is written twice counts once, and the number has 3 to 15 digits. It need not exist. A number that the library
// knows as valid gets its proper form, so that an extra zero makes no second number.
func ParseLoose(dialCode, number string) (models.Phone, error) {
	dial, ok := collapsed(dialCode)
	digits, fine := onlyDigits(number)
	if kept, _ := models.Visible(number); strings.HasPrefix(kept, "+") { // the dial code is there once more
		digits = strings.TrimPrefix(digits, dial)
	}
	if !ok || !fine || len(digits) < 3 || len(digits) > 15 {
		return models.Phone{}, models.ErrPhone
	}
	parsed, err := phonenumbers.Parse("+"+dial+digits, "")
	if err == nil && phonenumbers.IsValidNumber(parsed) && dial == strconv.Itoa(int(parsed.GetCountryCode())) {
		return understood(parsed)
	}
	return models.PhoneFromDigits(dial + digits)
}

// ParseEmail reads a bare e-mail address. Its domain comes back in lower case.
func ParseEmail(text string) (string, error) {
	if len(text) > 254 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", ErrEmail
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || parsed.Name != "" {
		return "", ErrEmail
	}
	at := strings.LastIndexByte(text, '@')
	return text[:at] + strings.ToLower(text[at:]), nil
}

// understood gives what the library made of a text. The result must read back as itself: of a row of zeros, the library
// takes away one at a time.
func understood(parsed *phonenumbers.PhoneNumber) (models.Phone, error) {
	text := phonenumbers.Format(parsed, phonenumbers.E164)
	again, err := phonenumbers.Parse(text, "")
	if err != nil || phonenumbers.Format(again, phonenumbers.E164) != text {
		return models.Phone{}, models.ErrPhone
	}
	if phonenumbers.IsPossibleNumberWithReason(parsed) != phonenumbers.IS_POSSIBLE || len(text) > len("+")+15 {
		return models.Phone{}, models.ErrPhone
	}
	return models.PhoneFromDigits(strings.TrimPrefix(text, "+"))
}

// dialled keeps the digits of text and one leading plus. The library never sees anything else: it would read letters as
// digits, and much more.
func dialled(text string) (kept string, ok bool) {
	kept, plus, ok := models.Dialled(text)
	if plus {
		kept = "+" + kept
	}
	return kept, ok
}

// onlyDigits keeps the digits of text, which may have separators and pluses among them.
func onlyDigits(text string) (digits string, ok bool) {
	return dialled(strings.ReplaceAll(text, "+", ""))
}

// collapsed gives the digits of a dial code of 1 to 5 digits, once, however often it is written.
func collapsed(text string) (dial string, ok bool) {
	text, ok = models.Visible(text)
	if !ok {
		return "", false
	}
	parts := slices.DeleteFunc(strings.Split(text, "+"), func(part string) bool { return strings.Trim(part, " ().-") == "" })
	for i, part := range parts {
		digits, fine := onlyDigits(part)
		digits = strings.TrimLeft(digits, "0")
		if !fine || digits == "" || len(digits) > 5 || i > 0 && digits != dial {
			return "", false
		}
		dial = digits
	}
	return dial, dial != ""
}
