package models

// Disclosure is how much of an answer is given away.
type Disclosure string

// The disclosures. The zero value is DiscloseOwner.
const (
	DiscloseOwner   Disclosure = "owner"   // names, dates of birth and what else a source knows
	DiscloseVerdict Disclosure = "verdict" // only whether there is an owner and whether what the caller expected is true of them
)

// Withholds tells whether owners are kept back.
func (d Disclosure) Withholds() bool { return d == DiscloseVerdict }
