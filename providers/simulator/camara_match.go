package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// camaraUnscored are the fields of a match that are equal or not, without a degree.
var camaraUnscored = []string{
	"idDocument", "idDocumentType", "idDocumentExpiryDate", "postalCode", "country", "birthdate", "gender",
	"countryOfBirth", "nationality",
}

// camaraScored are the fields of a match whose likeness is told when they differ.
var camaraScored = []string{
	"name", "givenName", "familyName", "nameKanaHankaku", "nameKanaZenkaku", "middleNames", "familyNameAtBirth",
	"address", "streetName", "streetNumber", "region", "locality", "houseNumberExtension", "email", "cityOfBirth",
}

func camaraMatchFields() []string { return slices.Concat(camaraUnscored, camaraScored) }

// camaraSomething wants at least one field to compare.
func camaraSomething(c *call) *reply {
	if len(c.value("@this").Map()) == 0 || len(c.value("@this").Map()) == 1 && c.value("phoneNumber").Exists() {
		return camaraError(http.StatusBadRequest, "KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION", "There is nothing to compare.")
	}
	return nil
}

// camaraStrictMatch is an operator that compares only when the document is given.
func camaraStrictMatch(c *call) reply {
	if c.text("idDocument") == "" {
		return *camaraError(http.StatusForbidden, "KNOW_YOUR_CUSTOMER.ID_DOCUMENT_REQUIRED", "idDocument is required.")
	}
	return camaraMatch(c)
}

// camaraMatch compares what was given with the owner's data. Another person's document is refused.
func camaraMatch(c *call) reply {
	p := c.owner()
	if given := c.text("idDocument"); given != "" && !alike(given, p.NIN) {
		said := *camaraError(http.StatusForbidden, "KNOW_YOUR_CUSTOMER.ID_DOCUMENT_MISMATCH", "idDocument is not the owner's.")
		said.billed = true
		return said
	}
	truth := camaraAddress(p)
	for name, value := range map[string]string{
		"idDocument": p.NIN, "idDocumentType": "national_id_card", "name": p.full(), "givenName": p.First,
		"familyName": p.Last, "familyNameAtBirth": p.Last, "middleNames": p.Middle, "birthdate": p.Born,
		"gender": upper(p.Gender),
	} {
		truth[name] = value
	}
	said := obj{}
	for name, given := range c.value("@this").Map() {
		real, known := truth[name].(string)
		switch {
		case name == "phoneNumber":
		case !known:
			said[name+"Match"] = "not_available"
		case alike(given.Str, real):
			said[name+"Match"] = "true"
		default:
			said[name+"Match"] = "false"
			if slices.Contains(camaraScored, name) {
				said[name+"MatchScore"] = likeness(given.Str, real)
			}
		}
	}
	return reply{billed: true, body: said}
}

// likeness is the Jaro-Winkler likeness of two texts that differ, from 0 to 99.
func likeness(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	common, moved := pairs(x, y)
	if common == 0 {
		return 0
	}
	m := float64(common)
	jaro := (m/float64(len(x)) + m/float64(len(y)) + (m-float64(moved)/2)/m) / 3
	prefix := 0
	for prefix < min(4, len(x), len(y)) && x[prefix] == y[prefix] {
		prefix++
	}
	return min(99, int(100*(jaro+float64(prefix)*0.1*(1-jaro))))
}

// pairs counts the letters that both have at about the same place, and how many of them stand in another order.
func pairs(x, y []rune) (common, moved int) {
	reach := max(0, max(len(x), len(y))/2-1)
	taken := make([]bool, len(y))
	var inX, inY []rune
	for i, letter := range x {
		for j := max(0, i-reach); j < min(len(y), i+reach+1); j++ {
			if !taken[j] && y[j] == letter {
				taken[j], inX = true, append(inX, letter)
				break
			}
		}
	}
	for j, was := range taken {
		if was {
			inY = append(inY, y[j])
		}
	}
	for i := range inX {
		if inX[i] != inY[i] {
			moved++
		}
	}
	return len(inX), moved
}
