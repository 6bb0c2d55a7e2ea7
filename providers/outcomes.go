package providers

import "whoseline/models"

// effect is what an outcome tells a breaker about its provider.
type effect int

const (
	ignored effect = iota // nothing: counted neither for nor against
	helps                 // the provider works
	hurts                 // the provider is ill
	proves                // nothing in good days, but while the breaker is half-open it shows that the provider answers again
	accuses               // ill if the vendor says so by this outcome: see Candidate.PendingIsOutage
)

// measure is what an outcome does to our account with a vendor.
type measure int

const (
	nothing  measure = iota
	disables         // until it is in order again
	slows            // for as long as the vendor says
	clears           // it works: what was held against it is forgotten
)

// rule is what follows from one outcome of one exchange.
type rule struct {
	Breaker effect
	Source  effect // on the breaker of the data source that several providers may share
	Account measure
	Next    bool // another source may do better
	Final   bool // the question is answered
	Fault   bool // the provider, or our account with it, is out of order
	Echo    bool // may be nothing but the end of our own deadline, as the source saw it
	Doubt   bool // it may have been billed all the same
	Unasked bool // only the router itself reports it: no exchange took place
	Weight  int  // of several answers that are not final, the heaviest is the one reported
}

// rules is the whole of failover, breaker and account policy. A pending answer weighs most, because it will cost us once
// it comes; then a timeout, which may have been billed. A miss weighs less than any failure: a source that was to be
// asked after it (see Candidate.NextOnMiss) and failed leaves the question open.
var rules = map[models.Outcome]rule{
	models.OutcomeFound:         {Breaker: helps, Source: helps, Account: clears, Final: true},
	models.OutcomeNotFound:      {Breaker: proves, Source: helps, Account: clears, Final: true, Weight: 2},
	models.OutcomeInvalid:       {Final: true},
	models.OutcomeNotApplicable: {Next: true, Weight: 1},
	models.OutcomePending:       {Source: accuses, Next: true, Weight: 11},
	models.OutcomeWalletEmpty:   {Account: disables, Next: true, Fault: true, Weight: 5},
	models.OutcomeCredentials:   {Account: disables, Next: true, Fault: true, Weight: 6},
	models.OutcomeRateLimited:   {Account: slows, Next: true, Fault: true, Weight: 4},
	models.OutcomeSourceDown:    {Breaker: hurts, Source: hurts, Next: true, Fault: true, Weight: 9},
	models.OutcomeProviderDown:  {Breaker: hurts, Next: true, Fault: true, Echo: true, Doubt: true, Weight: 8},
	models.OutcomeTimeout:       {Breaker: hurts, Next: true, Fault: true, Echo: true, Doubt: true, Weight: 10},
	models.OutcomeCanceled:      {Echo: true, Doubt: true, Weight: 3},
	models.OutcomeBadPayload:    {Breaker: hurts, Next: true, Fault: true, Echo: true, Doubt: true, Weight: 7},
	models.OutcomeBreakerOpen:   {Next: true, Unasked: true, Weight: 3},
	models.OutcomeBulkheadFull:  {Next: true, Unasked: true, Weight: 3},
	models.OutcomePaused:        {Next: true, Unasked: true, Weight: 3},
	models.OutcomeDisabled:      {Next: true, Unasked: true, Weight: 3},
	models.OutcomeTooDear:       {Next: true, Unasked: true, Weight: 0},
}
