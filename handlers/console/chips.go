package console

import (
	"strings"

	"whoseline/models"
)

// chip is a filter that is set, with the address of the list without it.
type chip struct{ Text, Href string }

// chips names the filters that are set, what is personal behind its veil.
func (f filters) chips(names map[string]string) (all []chip) {
	add := func(text string, without ...string) {
		var change []string
		for _, name := range without {
			change = append(change, name, "")
		}
		all = append(all, chip{text, f.address(change...)})
	}
	for _, name := range []string{"status", "check", "source", "key", "product"} {
		value := f.Get(name)
		switch {
		case value == "":
		case name == "key":
			add(named(names, value), name)
		case name == "check":
			add(checkTags[models.Check(value)].Text, name)
		default:
			add(capital(plain(value)), name)
		}
	}
	if from, to := f.Get("from"), f.Get("to"); from != "" || to != "" {
		add(strings.TrimSpace(strings.Join([]string{orText("from "+from, from == ""), orText("to "+to, to == "")}, " ")), "from", "to")
	}
	if phone, err := models.ParseNigerian(f.Get("phone")); err == nil {
		add("Number "+veil(true).phone(phone), "search")
	}
	if member := f.Get("member"); member != "" {
		add(member+" = "+hidden, "search")
	}
	if f.Get("any") != "" {
		add("Metadata has "+hidden, "search")
	}
	if f.Get("all") != "" {
		add("Whole history", "all")
	}
	return all
}

func orText(text string, none bool) string {
	if none {
		return ""
	}
	return text
}
