package lookup

import (
	"encoding/json"
	"time"

	"whoseline/models"
)

// said is what a record keeps of a finding and its source. A source's own comparison counts only where there are no
// owners to compare with.
func said(f Finding, now time.Time) models.Answer {
	t := f.Together
	a := models.Answer{Owners: f.Owners, Origins: t.Origins, Check: t.Check, Conflict: t.Conflict, Recent: t.Recent}
	if len(f.Owners) == 0 {
		a.Match = f.Match
	}
	if a.Origins == nil {
		a.Origins = []models.Origin{origin(f, now)}
	}
	return a
}

func origin(f Finding, now time.Time) models.Origin {
	o := models.Origin{Source: f.Source, Outcome: f.Outcome, Ref: f.Ref, At: now, Owners: len(f.Owners)}
	if o.Owners == 0 {
		o.Match = f.Match
	}
	return o
}

// Withhold takes the owners out of the answer. It leaves that there is an owner, and whether the owner is the expected
// person. It is done before an answer is sealed for a business that gets no more, and whenever that business reads one.
func (r *Record) Withhold() {
	if r.Asked.Validations != nil && len(r.Said.Owners) > 0 {
		c := r.comparison()
		r.Said.Match = &c
	}
	r.Said.Owners = nil
	bare := make([]models.Origin, len(r.Said.Origins))
	for i, o := range r.Said.Origins {
		o.Owners, o.Said = 0, nil
		bare[i] = o
	}
	r.Said.Origins = bare
}

// Statement is one source's part in an answer, laid open.
type Statement struct {
	models.Origin
	Named []models.Owner
}

// Statements tells which source said what and when.
func (r *Record) Statements() []Statement {
	all := make([]Statement, 0, len(r.Said.Origins))
	rest := r.Said.Owners
	for _, o := range r.Said.Origins {
		n := min(max(o.Owners, 0), len(rest))
		named := rest[:n:n]
		rest = rest[n:]
		all = append(all, Statement{o, append(named, o.Said...)})
	}
	return all
}

// Exchanges are the exchanges with sources that the record keeps, oldest first.
func (r *Record) Exchanges() []models.Attempt { return exchanges(r.Attempts) }

func exchanges(text string) (all []models.Attempt) {
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil // none yet, or not what we wrote: verify will tell
	}
	return all
}
