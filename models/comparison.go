package models

// Agreement is whether one thing that a caller expected is so.
type Agreement string

// The agreements. Their texts are those of the industry's match interfaces.
const (
	Agrees       Agreement = "true"
	Differs      Agreement = "false"
	NotAvailable Agreement = "not_available" // nothing is on record to compare with
)

// Likeness is how one field compares: the verdict, and how near the two texts are.
type Likeness struct {
	Verdict  Agreement `json:"verdict"`
	Score    *int      `json:"score,omitempty"`    // 0 to 100; nil = nobody measured it
	Disputed bool      `json:"disputed,omitempty"` // one source confirms the field and another one denies it: it is not confirmed
}

// Same tells whether the field is confirmed.
func (l Likeness) Same() bool { return l.Verdict == Agrees }

// Comparison is how what a caller expected compares with the owner on record, field by field; nil was not asked. It
// holds none of the values that were compared.
type Comparison struct {
	FirstName   *Likeness `json:"firstName,omitempty"`
	LastName    *Likeness `json:"lastName,omitempty"`
	DateOfBirth *Likeness `json:"dateOfBirth,omitempty"`
}

// Fields gives what was asked, in a fixed order.
func (c Comparison) Fields() (asked []Likeness) {
	for _, l := range []*Likeness{c.FirstName, c.LastName, c.DateOfBirth} {
		if l != nil {
			asked = append(asked, *l)
		}
	}
	return asked
}

// Confirmed counts the fields that are.
func (c Comparison) Confirmed() (n int) {
	for _, l := range c.Fields() {
		if l.Same() {
			n++
		}
	}
	return n
}
