package lookup

import (
	"strings"
	"time"

	"whoseline/models"
)

// Match compares what the caller expected with the owner on record, field by field. Nil: the field was not asked.
type Match struct {
	FirstName   *Compared
	LastName    *Compared
	DateOfBirth *Compared
}

// Compared is one field's verdict beside the value that the caller sent.
type Compared struct {
	Value string
	models.FieldMatch
}

// All tells whether every field that was asked is confirmed.
func (m Match) All() bool {
	for _, c := range []*Compared{m.FirstName, m.LastName, m.DateOfBirth} {
		if c != nil && !c.Same() {
			return false
		}
	}
	return true
}

// Match compares what the caller expected with who was found. Nil when nothing was asked.
func (r *Record) Match() *Match {
	expected := r.Asked.Validations
	if expected == nil {
		return nil
	}
	c := r.comparison()
	return &Match{
		FirstName:   compared(expected.FirstName, c.FirstName),
		LastName:    compared(expected.LastName, c.LastName),
		DateOfBirth: compared(expected.DateOfBirth, c.DateOfBirth),
	}
}

// compared puts a verdict beside the value. A value that nobody compared is "not available".
func compared(value *string, l *models.FieldMatch) *Compared {
	switch {
	case value == nil:
		return nil
	case l == nil:
		return &Compared{*value, models.FieldMatch{Verdict: models.NotAvailable}}
	default:
		return &Compared{*value, *l}
	}
}

// comparison compares the answer with what was expected. Where two sources disagree, a field that only one of them
// confirms is not confirmed.
func (r *Record) comparison() models.Match {
	c := r.together()
	if r.Said.Check != models.CheckConflict {
		return c
	}
	for _, s := range r.Statements() {
		own := s.Match
		if len(s.Named) > 0 {
			best := bestOf(*r.Asked.Validations, s.Named)
			own = &best
		}
		if own == nil { // its owners are withheld: they were compared before
			continue
		}
		c.FirstName, c.LastName = disputed(c.FirstName, own.FirstName), disputed(c.LastName, own.LastName)
		c.DateOfBirth = disputed(c.DateOfBirth, own.DateOfBirth)
	}
	return c
}

// disputed is a field's verdict after one source's word was heard.
func disputed(verdict, own *models.FieldMatch) *models.FieldMatch {
	if verdict == nil || own == nil || own.Verdict == verdict.Verdict ||
		verdict.Verdict == models.NotAvailable || own.Verdict == models.NotAvailable {
		return verdict
	}
	denied := *verdict
	if verdict.Same() {
		denied = *own
	}
	denied.Disputed = true
	return &denied
}

// together compares without regard to disagreement. The comparison is ours where the record names owners, else the
// source's. A number that nobody has does not belong to the expected person.
func (r *Record) together() models.Match {
	switch {
	case r.Said.Match != nil:
		return *r.Said.Match
	case len(r.Said.Owners) > 0:
		return bestOf(*r.Asked.Validations, r.Said.Owners)
	case r.Status == models.StatusNotFound:
		return alike(*r.Asked.Validations, models.Differs)
	default:
		return alike(*r.Asked.Validations, models.NotAvailable)
	}
}

// alike gives all fields that were asked one verdict.
func alike(e models.Expected, verdict models.Verdict) (c models.Match) {
	for _, f := range []struct {
		value *string
		into  **models.FieldMatch
	}{{e.FirstName, &c.FirstName}, {e.LastName, &c.LastName}, {e.DateOfBirth, &c.DateOfBirth}} {
		if f.value != nil {
			*f.into = &models.FieldMatch{Verdict: verdict}
			if verdict == models.Differs {
				*f.into = scored(false, 0)
			}
		}
	}
	return c
}

// bestOf compares with several owners. All fields must be true of one person, so the owner who fits best counts; of
// equal ones, the first.
func bestOf(e models.Expected, owners []models.Owner) models.Match {
	best := compare(e, owners[0])
	for _, owner := range owners[1:] {
		if c := compare(e, owner); c.Confirmed() > best.Confirmed() {
			best = c
		}
	}
	return best
}

func compare(e models.Expected, o models.Owner) models.Match {
	full := names(o.FullName)
	return models.Match{
		FirstName:   compareName(e.FirstName, o.FirstName, full),
		LastName:    compareName(e.LastName, o.LastName, full),
		DateOfBirth: compareDay(e.DateOfBirth, o.DateOfBirth),
	}
}

// compareName compares a name with the owner's field of that name. If the source gave only a full name, in an unknown
// order, it compares with its words.
func compareName(value *string, field string, full []string) *models.FieldMatch {
	if value == nil {
		return nil
	}
	asked := names(*value)
	switch {
	case field != "":
		known := names(field)
		return scored(spelled(asked, known), similarity(asked, known))
	case len(full) > 0:
		return scored(contains(full, asked), nearness(full, asked))
	default:
		return &models.FieldMatch{Verdict: models.NotAvailable}
	}
}

func compareDay(value *string, born string) *models.FieldMatch {
	switch {
	case value == nil:
		return nil
	case born == "":
		return &models.FieldMatch{Verdict: models.NotAvailable}
	case day(*value) == born:
		return scored(true, 100)
	default:
		return scored(false, 0)
	}
}

func scored(same bool, score int) *models.FieldMatch {
	if same {
		return &models.FieldMatch{Verdict: models.Agrees, Score: &score}
	}
	return &models.FieldMatch{Verdict: models.Differs, Score: &score}
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
