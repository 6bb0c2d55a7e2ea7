package providers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"whoseline/config"
	"whoseline/lookup"
)

// constructors is the table of sources that are written in Go, by the name that an operator writes. A new one is one
// file and one line. All others are definitions: see Catalog.
var constructors = map[string]func(Parts) (Candidate, error){
	"sandbox":   sandboxCandidate,
	"directory": directoryCandidate,
}

// Parts are what sources are made of. A source that is not named needs none of its parts.
type Parts struct {
	Now   func() time.Time                                    // UTC; nil = the machine's clock
	Sleep func(ctx context.Context, span time.Duration) error // the sandbox's slowness; nil = real time
	Delay time.Duration                                       // the sandbox's slowness with every number
	Store DirectoryStore                                      // the directory's rows
	Vault Vault                                               // the directory's secrecy

	Catalog *Catalog                 // definitions that can be named; nil = those that are built in
	Vendors map[string]config.Vendor // the operator's accounts, by vendor
}

// Candidate is a source together with the terms on which it is asked.
type Candidate struct {
	Name   string
	Source lookup.Source
	Limits Limits

	// InProcess declares that the source always returns soon after its context ends. It is then asked on the caller's
	// own goroutine, which is cheaper; any other source gets one for itself, so that it cannot hold the caller.
	InProcess bool

	// Simulated declares that the source fails on purpose, when it is asked about a number that stands for a failure. That
	// says nothing about its health: it has no breaker.
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

// Limits protect a source from us and us from the source. A zero field stands for its default.
type Limits struct {
	Timeout     time.Duration // of one exchange; default 4 s
	MaxInflight int           // questions with the source at one time; default 64
	Rate        float64       // questions per second; 0 = no limit
}

func (l Limits) withDefaults() Limits {
	if l.Timeout <= 0 {
		l.Timeout = 4 * time.Second
	}
	if l.MaxInflight <= 0 {
		l.MaxInflight = 64
	}
	return l
}

// Names lists the sources that can be configured, in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(constructors)) }

// Sources makes the named sources in the given order: those of the table, vendors and definitions. It refuses unknown and
// repeated names, a source whose parts are missing, and an account with an unknown vendor.
func Sources(names []string, parts Parts) ([]Candidate, error) {
	if parts.Now == nil {
		parts.Now = func() time.Time { return time.Now().UTC() }
	}
	if err := parts.strangers(); err != nil {
		return nil, fmt.Errorf("providers: %w", err)
	}
	made := make([]Candidate, 0, len(names))
	for i, name := range names {
		construct, err := parts.constructor(name)
		if err != nil {
			return nil, fmt.Errorf("providers: %w", err)
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("providers: source %q is named twice", name)
		}
		candidate, err := construct(parts)
		if err != nil {
			return nil, fmt.Errorf("providers: source %q: %w", name, err)
		}
		candidate.Name = name
		made = append(made, candidate)
	}
	return made, nil
}
