package settings

import (
	"slices"
	"strings"
)

// with lays a business's choices about codes over the operator's limits.
func (l Limits) with(own *Codes) Limits {
	if own == nil {
		return l
	}
	for name, c := range l.Caps() {
		if most, said := own.Limits[name]; said {
			c.Most = most
		}
	}
	if len(own.Countries) > 0 {
		l.Countries = slices.Clone(own.Countries)
	}
	if len(own.Prefixes) > 0 {
		l.Prefixes = SpellOut(own.Prefixes)
	}
	if own.RecordOnly != nil {
		l.RecordOnly = *own.RecordOnly
	}
	if own.Pumping != "" {
		l.Pumping.Mode = Mode(own.Pumping)
	}
	return l
}

// Caps gives limits by the names of LimitNames.
func (l *Limits) Caps() map[string]*Cap {
	return map[string]*Cap{
		"number": &l.PerNumber, "subject": &l.PerSubject, "business": &l.PerBusiness, "ip": &l.PerIP, "block": &l.PerBlock, "money": &l.Money,
	}
}

// SpellOut spells out the names of lists among prefixes.
func SpellOut(given []string) (all []string) {
	for _, p := range given {
		if p == "NG" {
			all = append(all, NigerianOperators()...)
			continue
		}
		all = append(all, p)
	}
	return all
}

// NigerianOperators are the prefixes that Nigeria's regulator has given to operators of mobile networks. Numbers move
// between operators, not between these and other ranges.
func NigerianOperators() []string {
	const given = "701 702 703 704 705 706 707 708 801 802 803 804 805 806 807 808 809 810 811 812 813 814 815 816 817 818 " +
		"901 902 903 904 905 906 907 908 909 911 912 913 915 916"
	prefixes := strings.Fields(given)
	for i, p := range prefixes {
		prefixes[i] = "234" + p
	}
	return prefixes
}
