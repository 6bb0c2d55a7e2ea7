package providers

import (
	"whoseline/models"

	"whoseline/providers/gate"
)

// rule is the effect of one outcome of one exchange.
type rule struct {
	Breaker gate.Effect
	Source  gate.Effect // on the breaker of the data source that several providers may share
	Account gate.Measure
	Next    bool // another source may do better
	Final   bool // the question is answered
	Fault   bool // the provider, or our account with it, is out of order
	Echo    bool // may only be the end of our own deadline, as the source saw it
	Doubt   bool // it may have been billed nevertheless
	Unasked bool // only the router itself reports it: no exchange took place
	Weight  int  // of several answers that are not final, the heaviest is the one reported
}

// rules is the whole policy of failover, breakers and accounts. A pending answer weighs most, because it will cost
// something once it comes. Next is a timeout, which may have been billed. A miss weighs less than any failure: if a
// source was to be asked after it (see Candidate.NextOnMiss) and failed, the question is still open.
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
