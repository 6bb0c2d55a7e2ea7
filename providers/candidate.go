package providers

import (
	"whoseline/lookup"

	"whoseline/providers/gate"
)

// Candidate is a source with the terms under which it is asked.
type Candidate struct {
	Name   string
	Source lookup.Source
	Limits gate.Limits

	// InProcess declares that the source always returns soon after its context ends. It is then asked on the caller's
	// goroutine, which is cheaper. Any other source gets a goroutine of its own, so that it cannot hold the caller.
	InProcess bool

	// Simulated declares that the source fails on purpose for numbers that stand for a failure. Such a failure says
	// nothing about its health and opens no breaker.
	Simulated bool

	// Vendor names the account that the source uses, and Balance reads what is left in it. Sources of one vendor share
	// its account. Without a vendor there is no account that could be empty, refused or throttled.
	Vendor  string
	Balance *BalanceCheck

	// Data names what the source itself asks, if other sources may ask it too: they share its breaker. PendingIsOutage
	// declares that the source answers "pending" while that is away.
	Data            string
	PendingIsOutage bool

	// Covers tells whether the source can answer a question, by country, prefix and what the caller has given. Nil: it
	// can answer all. BasicOnly declares that it does not have the full record.
	Covers    func(lookup.Question) bool
	BasicOnly bool

	// MatchOnly declares that the source names no owner: it only says whether the expected values are true.
	MatchOnly bool

	Tariff         *Tariff // nil = an answer costs us nothing
	AdvancedTariff *Tariff // of the full record; nil = the same

	// NextOnMiss declares that the source knows only some numbers. Its miss ends the search only when no other source
	// can be asked.
	NextOnMiss bool
}
