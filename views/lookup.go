package views

import (
	"whoseline/lookup"
	"whoseline/models"
)

// Lookup is how an answer came about: what the dialects have no room for.
type Lookup struct {
	ID          string            `json:"id"`
	Status      string            `json:"status"`
	Reason      *string           `json:"reason"`
	Product     string            `json:"product"`
	Release     models.Disclosure `json:"release"`
	Source      *string           `json:"source"`
	ServedFrom  *string           `json:"servedFrom"`
	Charged     int64             `json:"charged"`
	Refunded    int64             `json:"refunded,omitempty"`
	CrossCheck  *models.Check     `json:"crossCheck"`
	Conflict    *Conflict         `json:"conflict"`
	Match       *Match            `json:"match"`
	Provenance  []Statement       `json:"provenance"`
	Attempts    []Attempt         `json:"attempts"`
	RequestedAt Instant           `json:"requestedAt"`
	AnsweredAt  *Instant          `json:"answeredAt"`
	Erased      bool              `json:"erased,omitempty"` // the person was: what the sources said is gone
}

// Conflict is what sources disagree about.
type Conflict struct {
	Fields []string `json:"fields"`
	Score  *int     `json:"score"`
}

// Match is how what the caller expects fits what is known.
type Match struct {
	FirstName   *FieldMatch `json:"firstName,omitempty"`
	LastName    *FieldMatch `json:"lastName,omitempty"`
	DateOfBirth *FieldMatch `json:"dateOfBirth,omitempty"`
}

// FieldMatch is that for one field.
type FieldMatch struct {
	Verdict  models.Verdict `json:"verdict"`
	Score    *int           `json:"score"`
	Disputed bool           `json:"disputed,omitempty"`
}

// Statement is one source's part in the answer.
type Statement struct {
	Source  string         `json:"source"`
	Outcome models.Outcome `json:"outcome"`
	Ref     *string        `json:"ref"`
	At      Instant        `json:"at"`
	Owners  []Owner        `json:"owners"`
	Match   *Match         `json:"match"`
}

// Owner is whom a source named.
type Owner struct {
	FullName    *string `json:"fullName"`
	DateOfBirth *string `json:"dateOfBirth"`
}

// Attempt is one exchange with a source, whether or not it led to the answer.
type Attempt struct {
	Source  string         `json:"source"`
	Outcome models.Outcome `json:"outcome"`
	At      Instant        `json:"at"`
	Millis  int64          `json:"ms"`
	HTTP    *int           `json:"http"`
	Ref     *string        `json:"ref"`
}

// LookupOf shows a lookup to a business that is given this much now.
func LookupOf(r *lookup.Record, now models.Disclosure) Lookup {
	v := Lookup{
		ID: r.ID, Status: r.Status.Shown(), Reason: known(r.Reason), Product: "phone", Release: models.DiscloseOwner,
		Source: known(r.Source), Charged: r.Charged, Refunded: r.Refunded, Match: matchOf(r), RequestedAt: Instant(r.RequestedAt),
		Provenance: []Statement{}, Attempts: []Attempt{}, Erased: r.Erased(),
	}
	if r.Advanced {
		v.Product = "phone_advanced"
	}
	if r.Asked.Release.Withholds() || now.Withholds() {
		v.Release = models.DiscloseVerdict
	}
	if r.Status.Settled() {
		at := Instant(r.AnsweredAt)
		v.AnsweredAt = &at
	}
	for _, s := range r.Statements() {
		v.Provenance = append(v.Provenance, statementOf(s))
	}
	if len(v.Provenance) > 0 {
		v.ServedFrom = known("sources")
	}
	if r.Said.Recent {
		v.ServedFrom = known("cache")
	}
	if r.Said.Check != "" {
		v.CrossCheck = &r.Said.Check
	}
	if d := r.Said.Conflict; d != nil {
		v.Conflict = &Conflict{d.Fields, d.Score}
	}
	for _, e := range r.Exchanges() {
		v.Attempts = append(v.Attempts, AttemptOf(e))
	}
	return v
}

func statementOf(s lookup.Statement) Statement {
	v := Statement{Source: s.Source, Outcome: s.Outcome, Ref: known(s.Ref), At: Instant(s.At), Owners: []Owner{}}
	for _, o := range s.Named {
		v.Owners = append(v.Owners, Owner{known(o.Printed()), known(o.DateOfBirth)})
	}
	if m := s.Match; m != nil {
		v.Match = &Match{fieldMatchOf(m.FirstName), fieldMatchOf(m.LastName), fieldMatchOf(m.DateOfBirth)}
	}
	return v
}

// AttemptOf shows an attempt.
func AttemptOf(e models.Attempt) Attempt {
	v := Attempt{Source: e.Source, Outcome: e.Outcome, At: Instant(e.At), Millis: e.Millis, Ref: known(e.Ref)}
	if e.HTTP > 0 {
		v.HTTP = &e.HTTP
	}
	return v
}

// matchOf is null when nothing was asked, and while nothing was compared.
func matchOf(r *lookup.Record) *Match {
	m := r.Match()
	if m == nil || !r.Status.Settled() {
		return nil
	}
	of := func(c *lookup.Compared) *FieldMatch {
		if c == nil {
			return nil
		}
		return fieldMatchOf(&c.FieldMatch)
	}
	return &Match{of(m.FirstName), of(m.LastName), of(m.DateOfBirth)}
}

func fieldMatchOf(l *models.FieldMatch) *FieldMatch {
	if l == nil {
		return nil
	}
	return &FieldMatch{l.Verdict, l.Score, l.Disputed}
}

// known is text, or null when it is empty.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Waiting is a lookup that waits for a code.
type Waiting struct {
	LookupID  string  `json:"lookupId"`
	Status    string  `json:"status"`
	ExpiresAt Instant `json:"expiresAt"`
}

// WaitingOf shows a lookup that waits for a code.
func WaitingOf(r *lookup.Record) Waiting {
	return Waiting{r.ID, r.Status.Shown(), Instant(r.ExpiresAt)}
}
