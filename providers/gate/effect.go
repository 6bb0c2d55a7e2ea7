package gate

// Effect is what an outcome tells a breaker about its provider.
type Effect int

// What an outcome may tell.
const (
	Ignored Effect = iota // nothing: counted neither for nor against
	Helps                 // the provider works
	Hurts                 // the provider fails
	Proves                // nothing while the breaker is closed; while it is half-open, that the provider answers again
	Accuses               // the provider fails, if it says so by this outcome: see providers.Candidate.PendingIsOutage
)

// Measure is what an outcome does to our account with a vendor.
type Measure int

// What it may do.
const (
	Nothing  Measure = iota
	Disables         // until it is in order again
	Slows            // for as long as the vendor says
	Clears           // it works: nothing bars it any more
)
