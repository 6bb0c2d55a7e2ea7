package models

// Routing is what the operator has agreed with a business about its sources. The zero value leaves everything to the
// gateway.
type Routing struct {
	Sources      []string `json:"sources,omitempty"`      // only these, preferred in this order; empty = all
	SecondOnMiss bool     `json:"secondOnMiss,omitempty"` // after a miss, another source is asked, once
	AllowDearer  bool     `json:"allowDearer,omitempty"`  // also ask sources that cost more than the business pays

	// HedgePerDay is what asking a second source beside a slow one may cost a day, in minor units. Each gateway process
	// counts by itself. 0 = never.
	HedgePerDay int64 `json:"hedgePerDay,omitempty"`
}

// Approach is why it was a source's turn to be asked. Empty where there was nothing to choose.
type Approach string

// The approaches.
const (
	InOrder      Approach = "order"         // nothing speaks against the configured order
	Ranked       Approach = "rank"          // by what is known of the candidates
	Explored     Approach = "explore"       // by chance, to learn how it does
	LeastBad     Approach = "least_bad"     // none was to be asked: this one seemed the least bad
	Hedged       Approach = "hedge"         // beside one that is slow
	SecondSource Approach = "second_source" // another one has not found it
)

// Billed tells whether a source charges us for an exchange.
type Billed string

// What there is to know about a charge.
const (
	BilledYes     Billed = "yes"
	BilledNo      Billed = "no"
	BilledUnknown Billed = "unknown" // it may have got the question, and we have not got its answer
)
