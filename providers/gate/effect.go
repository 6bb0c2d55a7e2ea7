package gate

// Effect is what an outcome tells a breaker about its provider.
type Effect int

// What an outcome may tell.
const (
	Ignored Effect = iota // nothing: counted neither for nor against
	Helps                 // the provider works
	Hurts                 // the provider is ill
	Proves                // nothing in good days, but while the breaker is half-open it shows that the provider answers again
	Accuses               // ill if the vendor says so by this outcome: see providers.Candidate.PendingIsOutage
)

// Measure is what an outcome does to our account with a vendor.
type Measure int

// What it may do.
const (
	Nothing  Measure = iota
	Disables         // until it is in order again
	Slows            // for as long as the vendor says
	Clears           // it works: what was held against it is forgotten
)
