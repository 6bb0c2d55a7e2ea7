package simulator

import (
	"slices"
	"strings"
)

// camaraScored are the fields of a match whose likeness is told when they differ.
var camaraScored = []string{
	"name", "givenName", "familyName", "nameKanaHankaku", "nameKanaZenkaku", "middleNames", "familyNameAtBirth",
	"address", "streetName", "streetNumber", "region", "locality", "houseNumberExtension", "email", "cityOfBirth",
}

// camaraNothing wants at least one field to compare.
func camaraNothing(c *call, _ string) string {
	if len(c.value("@this").Map()) == 0 || len(c.value("@this").Map()) == 1 && c.value("phoneNumber").Exists() {
		return "nothing_to_compare"
	}
	return ""
}

// camaraMatch compares what was given with the owner's data, by the facts that the answer's comparison names. Another person's
// document is refused.
func camaraMatch(c *call, _ string, a answer) reply {
	if given := c.text("idDocument"); given != "" && !alike(given, c.owner().NIN) {
		return c.say("document_mismatch")
	}
	said := obj{}
	for name, given := range c.value("@this").Map() {
		truth, known := a.Facts[name]
		switch {
		case name == "phoneNumber":
		case !known:
			said[name+"Match"] = "not_available"
		case alike(given.Str, c.filled(truth)):
			said[name+"Match"] = "true"
		default:
			said[name+"Match"] = "false"
			if slices.Contains(camaraScored, name) {
				said[name+"MatchScore"] = likeness(given.Str, c.filled(truth))
			}
		}
	}
	c.note("matched", said)
	return c.plain(a)
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
