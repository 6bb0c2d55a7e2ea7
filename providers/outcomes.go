package providers

import (
	"whoseline/models"

	"whoseline/providers/gate"
)

// rule is what follows from one outcome of one exchange.
type rule struct {
	Breaker gate.Effect
	Source  gate.Effect // on the breaker of the data source that several providers may share
	Account gate.Measure
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
	models.OutcomeFound:         {Breaker: gate.Helps, Source: gate.Helps, Account: gate.Clears, Final: true},
	models.OutcomeNotFound:      {Breaker: gate.Proves, Source: gate.Helps, Account: gate.Clears, Final: true, Weight: 2},
	models.OutcomeInvalid:       {Final: true},
	models.OutcomeNotApplicable: {Next: true, Weight: 1},
	models.OutcomePending:       {Source: gate.Accuses, Next: true, Weight: 11},
	models.OutcomeWalletEmpty:   {Account: gate.Disables, Next: true, Fault: true, Weight: 5},
	models.OutcomeCredentials:   {Account: gate.Disables, Next: true, Fault: true, Weight: 6},
	models.OutcomeRateLimited:   {Account: gate.Slows, Next: true, Fault: true, Weight: 4},
	models.OutcomeSourceDown:    {Breaker: gate.Hurts, Source: gate.Hurts, Next: true, Fault: true, Weight: 9},
	models.OutcomeProviderDown:  {Breaker: gate.Hurts, Next: true, Fault: true, Echo: true, Doubt: true, Weight: 8},
	models.OutcomeTimeout:       {Breaker: gate.Hurts, Next: true, Fault: true, Echo: true, Doubt: true, Weight: 10},
	models.OutcomeCanceled:      {Echo: true, Doubt: true, Weight: 3},
	models.OutcomeBadPayload:    {Breaker: gate.Hurts, Next: true, Fault: true, Echo: true, Doubt: true, Weight: 7},
	models.OutcomeBreakerOpen:   {Next: true, Unasked: true, Weight: 3},
	models.OutcomeBulkheadFull:  {Next: true, Unasked: true, Weight: 3},
	models.OutcomePaused:        {Next: true, Unasked: true, Weight: 3},
	models.OutcomeDisabled:      {Next: true, Unasked: true, Weight: 3},
	models.OutcomeTooDear:       {Next: true, Unasked: true, Weight: 0},
}

// Fault tells whether an outcome says that the provider, or our account with it, is out of order.
func Fault(outcome models.Outcome) bool { return rules[outcome].Fault }
