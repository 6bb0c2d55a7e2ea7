package lookup

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"whoseline/models"
)

// Match is how what the caller believed compares with the owner on record.
type Match struct {
	FirstName   *Compared
	LastName    *Compared
	DateOfBirth *Compared
}

// Compared is one field's verdict beside the value that the caller sent.
type Compared struct {
	Value string
	Same  bool
}

// All tells whether every field that was asked is confirmed.
func (m Match) All() bool {
	for _, c := range []*Compared{m.FirstName, m.LastName, m.DateOfBirth} {
		if c != nil && !c.Same {
			return false
		}
	}
	return true
}

// confirmed counts the fields that are.
func (m Match) confirmed() (n int) {
	for _, c := range []*Compared{m.FirstName, m.LastName, m.DateOfBirth} {
		if c != nil && c.Same {
			n++
		}
	}
	return n
}

// Match compares what the caller expected with the owners. Of several owners the one who fits best counts, since the
// fields must all be true of one person. Nil when nothing was asked.
func (r *Record) Match() *Match {
	if r.Asked.Validations == nil {
		return nil
	}
	best := compare(*r.Asked.Validations, models.Owner{})
	for _, owner := range r.Said.Owners {
		if m := compare(*r.Asked.Validations, owner); m.confirmed() > best.confirmed() {
			best = m
		}
	}
	return &best
}

func compare(e models.Expected, o models.Owner) Match {
	full := names(o.FullName)
	return Match{
		FirstName:   compared(e.FirstName, func(v string) bool { return sameName(v, o.FirstName, full) }),
		LastName:    compared(e.LastName, func(v string) bool { return sameName(v, o.LastName, full) }),
		DateOfBirth: compared(e.DateOfBirth, func(v string) bool { return o.DateOfBirth != "" && day(v) == o.DateOfBirth }),
	}
}

func compared(value *string, same func(string) bool) *Compared {
	if value == nil {
		return nil
	}
	return &Compared{Value: *value, Same: same(*value)}
}

// sameName compares a name with the owner's own field, or, where a source gave only the full name in an order that it
// did not tell, with the words of that.
func sameName(value, field string, full []string) bool {
	asked := names(value)
	if len(asked) == 0 {
		return false
	}
	if field != "" {
		return strings.Join(asked, " ") == strings.Join(names(field), " ")
	}
	for _, word := range asked {
		found := false
		for _, f := range full {
			found = found || f == word
		}
		if !found {
			return false
		}
	}
	return true
}

// names gives a name's words in the form in which they are compared: upper case, without marks and punctuation.
func names(text string) []string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == '.':
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToUpper(r)
		default:
			return ' '
		}
	}, norm.NFKD.String(text))
	return strings.Fields(plain)
}

// day reads a date of birth as callers write it, day before month, and gives YYYY-MM-DD; other text stays as it is.
func day(text string) string {
	for _, layout := range []string{time.DateOnly, "02-01-2006", "02/01/2006", "02-Jan-2006", "2 Jan 2006", time.RFC3339} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return text
}
