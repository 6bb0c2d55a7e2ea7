package models

import "time"

// Answer is what the sources said. It is stored sealed.
type Answer struct {
	Owners   []Owner       `json:"owners"`
	Match    *Match        `json:"match,omitempty"`    // kept instead of owners: a source that names none, or owners that are withheld
	Origins  []Origin      `json:"origins,omitempty"`  // who said it, in the order in which they were asked
	Check    Check         `json:"check,omitempty"`    // what a second source made of it
	Conflict *Disagreement `json:"conflict,omitempty"` // how two sources disagree
	Recent   bool          `json:"recent,omitempty"`   // it was given to an earlier lookup and is given again
}

// Origin is one source's part in an answer.
type Origin struct {
	Source  string    `json:"source"`
	Outcome Outcome   `json:"outcome"`
	Ref     string    `json:"ref,omitempty"` // the source's own reference
	At      time.Time `json:"at"`
	Owners  int       `json:"owners,omitempty"` // how many of the answer's owners it named: those of the first origin come first
	Match   *Match    `json:"match,omitempty"`  // its own verdict, when it named nobody
	Said    []Owner   `json:"said,omitempty"`   // what it named and the answer does not show, because it agrees with another source
}

// Check is what came of asking a second source.
type Check string

// The results of a cross-check. The zero value is that none was wanted.
const (
	CheckAgreed      Check = "agreed"
	CheckConflict    Check = "conflict"
	CheckUnavailable Check = "unavailable" // no second source gave an answer that can be compared
)

// Disagreement is how the owners that two sources named differ. It holds nothing personal.
type Disagreement struct {
	Fields []string `json:"fields"`          // name, dateOfBirth or, of sources that only compare, firstName and lastName
	Score  *int     `json:"score,omitempty"` // of the nearest two names, 0 to 100
}
