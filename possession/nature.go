package possession

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"whoseline/models"
)

// nature is what the world's numbering plans say of a number.
type nature struct {
	region  string // ISO 3166 code of its country, by its calling code when the number itself is not known; "" = unknown
	calling string // calling code of its country; "" = unknown
	costly  bool   // the owner of such a number may earn from what is sent to it, or nobody reads it
}

// costlyKinds are the kinds of number that get no code. Free-phone numbers are not among them, nor are those that the
// library does not know, such as the samples in partners' documents.
var costlyKinds = []phonenumbers.PhoneNumberType{
	phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.VOIP, phonenumbers.PERSONAL_NUMBER,
	phonenumbers.PAGER, phonenumbers.UAN, phonenumbers.VOICEMAIL,
}

func natureOf(p models.Phone) (n nature) {
	parsed, err := phonenumbers.Parse(p.E164(), "")
	if err != nil {
		return n
	}
	n.calling = strconv.Itoa(int(parsed.GetCountryCode()))
	n.costly = slices.Contains(costlyKinds, phonenumbers.GetNumberType(parsed))
	for _, code := range []string{
		phonenumbers.GetRegionCodeForNumber(parsed), phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode())),
	} {
		if len(code) == 2 && code != "ZZ" { // 001 is the whole world, ZZ nowhere
			n.region = code
			return n
		}
	}
	return n
}

// among tells whether a number begins like one of the prefixes, or is of a country for which there are none.
func (n nature) among(digits string, prefixes []string) bool {
	judged := false
	for _, prefix := range prefixes {
		if strings.HasPrefix(digits, prefix) {
			return true
		}
		judged = judged || n.calling != "" && strings.HasPrefix(prefix, n.calling)
	}
	return !judged
}
