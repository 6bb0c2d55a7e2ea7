package console

import (
	"net/url"
	"strings"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// veil is what stands between a page and what is personal: true masks it.
type veil bool

const hidden = "•••••"

// phone leaves the network and the last three digits: enough to tell rows apart, not to call anybody.
func (v veil) phone(p models.Phone) string {
	digits := p.Digits()
	switch {
	case p.IsZero():
		return "Erased"
	case len(digits) == 13 && strings.HasPrefix(digits, "234") && bool(v):
		return "0" + digits[3:5] + "• ••• •" + digits[10:]
	case len(digits) == 13 && strings.HasPrefix(digits, "234"):
		return "+234 " + digits[3:6] + " " + digits[6:9] + " " + digits[9:]
	case bool(v):
		return "+" + hidden + digits[max(len(digits)-2, 0):]
	default:
		return "+" + digits
	}
}

// words leaves the first letter of each word, whatever its length.
func (v veil) words(text string) string {
	if !v {
		return text
	}
	var masked []string
	for _, word := range strings.Fields(text) {
		for _, first := range word {
			masked = append(masked, string(first)+hidden)
			break
		}
	}
	return strings.Join(masked, " ")
}

// all leaves nothing but that there is something.
func (v veil) all(text string) string {
	if v && text != "" {
		return hidden
	}
	return text
}

// field is one line of what is known. Name is what a disagreement calls it.
type field struct {
	Name, Label, Value string
	Differs            bool
}

// owner lists what is known of one, without what is not: the name and the date of birth, and of the full record the rest.
// Where sources disagree, the fields in which they do are marked.
func (v veil) owner(o models.Owner, full bool, conflict *models.Disagreement) []field {
	all := []field{
		{Name: "name", Label: "Name", Value: v.words(edge.FullName(o))},
		{Name: "dateOfBirth", Label: "Date of birth", Value: v.all(o.DateOfBirth)},
	}
	if full {
		all = append(all, v.record(o)...)
	}
	return marked(filled(all), conflict)
}

// record lists what the full record knows besides.
func (v veil) record(o models.Owner) []field {
	all := []field{
		{Name: "firstName", Label: "First name", Value: v.words(o.FirstName)},
		{Label: "Middle name", Value: v.words(o.MiddleName)},
		{Name: "lastName", Label: "Last name", Value: v.words(o.LastName)},
		{Label: "Gender", Value: v.all(o.Gender)},
		{Label: "NIN", Value: v.all(o.NIN)},
		{Label: "E-mail", Value: v.all(o.Email)},
		{Label: "Born in", Value: v.all(places(o.BirthLGA, o.BirthState, o.Birthplace))},
		{Label: "Religion", Value: v.all(o.Religion)},
	}
	if a := o.Address; a != nil {
		all = append(all, field{Label: "Address", Value: v.all(places(a.Line, a.Town, a.LGA, a.State))})
	}
	if o.Image != "" {
		all = append(all, field{Label: "Photo", Value: "on record"})
	}
	return all
}

func places(parts ...string) string {
	var given []string
	for _, p := range parts {
		if p != "" {
			given = append(given, p)
		}
	}
	return strings.Join(given, ", ")
}

// filled leaves out what has no value.
func filled(all []field) (some []field) {
	for _, f := range all {
		if f.Value != "" {
			some = append(some, f)
		}
	}
	return some
}

// marked marks the fields that two sources tell differently.
func marked(all []field, conflict *models.Disagreement) []field {
	if conflict == nil {
		return all
	}
	for i := range all {
		for _, name := range conflict.Fields {
			all[i].Differs = all[i].Differs || name == all[i].Name
		}
	}
	return all
}

// hostOf is the part of an address that people know it by.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Host
}
