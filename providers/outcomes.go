package providers

import "whoseline/models"

// effect is what an outcome tells a breaker about its provider.
type effect int

const (
	ignored effect = iota // nothing: counted neither for nor against
	helps                 // the provider works
	hurts                 // the provider is ill
	proves                // nothing in good days, but while the breaker is half-open it shows that the provider answers again
)

// rule is what follows from one outcome of one exchange.
type rule struct {
	Breaker effect
	Next    bool // another source may do better
	Final   bool // the question is answered
	Fault   bool // the provider, or our account with it, is out of order
	Echo    bool // may be nothing but the end of our own deadline, as the source saw it
	Unasked bool // only the router itself reports it: no exchange took place
	Weight  int  // of several answers that are not final, the heaviest is the one reported
}

// rules is the whole of failover and breaker policy. A pending answer weighs most, because it will cost us once it
// comes; then a timeout, which may have been billed. A miss weighs less than any failure: a source that was to be asked
// after it (see Candidate.NextOnMiss) and failed leaves the question open.
var rules = map[models.Outcome]rule{
	models.OutcomeFound:         {Breaker: helps, Final: true},
	models.OutcomeNotFound:      {Breaker: proves, Final: true, Weight: 2},
	models.OutcomeInvalid:       {Breaker: ignored, Final: true},
	models.OutcomeNotApplicable: {Breaker: ignored, Next: true, Weight: 1},
	models.OutcomePending:       {Breaker: ignored, Next: true, Weight: 11},
	models.OutcomeWalletEmpty:   {Breaker: ignored, Next: true, Fault: true, Weight: 5},
	models.OutcomeCredentials:   {Breaker: ignored, Next: true, Fault: true, Weight: 6},
	models.OutcomeRateLimited:   {Breaker: ignored, Next: true, Fault: true, Weight: 4},
	models.OutcomeSourceDown:    {Breaker: hurts, Next: true, Fault: true, Weight: 9},
	models.OutcomeProviderDown:  {Breaker: hurts, Next: true, Fault: true, Echo: true, Weight: 8},
	models.OutcomeTimeout:       {Breaker: hurts, Next: true, Fault: true, Echo: true, Weight: 10},
	models.OutcomeCanceled:      {Breaker: ignored, Echo: true, Weight: 3},
	models.OutcomeBadPayload:    {Breaker: hurts, Next: true, Fault: true, Echo: true, Weight: 7},
	models.OutcomeBreakerOpen:   {Breaker: ignored, Next: true, Unasked: true, Weight: 3},
	models.OutcomeBulkheadFull:  {Breaker: ignored, Next: true, Unasked: true, Weight: 3},
}
