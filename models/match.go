package models

// Verdict is whether one thing that a caller expected is so.
type Verdict string

// The verdicts. Their texts are those of the industry's match interfaces.
const (
	Agrees       Verdict = "true"
	Differs      Verdict = "false"
	NotAvailable Verdict = "not_available" // nothing is on record to compare with
)

// FieldMatch is how one field compares: the verdict, and how near the two texts are.
type FieldMatch struct {
	Verdict  Verdict `json:"verdict"`
	Score    *int    `json:"score,omitempty"`    // 0 to 100; nil = nobody measured it
	Disputed bool    `json:"disputed,omitempty"` // one source confirms the field and another one denies it: it is not confirmed
}

// Same tells whether the field is confirmed.
func (l FieldMatch) Same() bool { return l.Verdict == Agrees }

// Match is how what a caller expected compares with the owner on record, field by field; nil was not asked. It
// holds none of the values that were compared.
type Match struct {
	FirstName   *FieldMatch `json:"firstName,omitempty"`
	LastName    *FieldMatch `json:"lastName,omitempty"`
	DateOfBirth *FieldMatch `json:"dateOfBirth,omitempty"`
}

// Fields gives what was asked, in a fixed order.
func (c Match) Fields() (asked []FieldMatch) {
	for _, l := range []*FieldMatch{c.FirstName, c.LastName, c.DateOfBirth} {
		if l != nil {
			asked = append(asked, *l)
		}
	}
	return asked
}

// Confirmed counts the fields that are.
func (c Match) Confirmed() (n int) {
	for _, l := range c.Fields() {
		if l.Same() {
			n++
		}
	}
	return n
}
