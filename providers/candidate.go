package providers

import (
	"whoseline/lookup"

	"whoseline/providers/gate"
)

// Candidate is a source together with the terms on which it is asked.
type Candidate struct {
	Name   string
	Source lookup.Source
	Limits gate.Limits

	// InProcess declares that the source always returns soon after its context ends. It is then asked on the caller's
	// own goroutine, which is cheaper; any other source gets one for itself, so that it cannot hold the caller.
	InProcess bool

	// Simulated declares that the source fails on purpose, when it is asked about a number that stands for a failure. That
	// says nothing about its health, and opens no breaker.
	Simulated bool

	// Vendor is whose account with us the source uses, and Balance how to ask what is left in it. Sources of one vendor
	// share its account. Without a vendor there is no account that could be empty, refused or throttled.
	Vendor  string
	Balance *BalanceCheck

	// Data is what the source itself asks, when others may ask it too: they share its breaker. PendingIsOutage declares
	// that the source says "pending" when that is away.
	Data            string
	PendingIsOutage bool

	// Covers tells whether the source is made for a question: its country, its prefix, what the caller has given. Nil =
	// for every one. BasicOnly declares that it does not have the full record.
	Covers    func(lookup.Question) bool
	BasicOnly bool

	// MatchOnly declares that the source names nobody: it says whether what the caller expects is true.
	MatchOnly bool

	Tariff         *Tariff // nil = an answer costs us nothing
	AdvancedTariff *Tariff // of the full record; nil = the same

	// NextOnMiss declares that the source knows only some numbers, so that its miss ends the search only when no
	// further source can be asked.
	NextOnMiss bool
}
