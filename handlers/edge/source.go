package edge

import "time"

// SourceStatus is how a source has been doing, as real traffic saw it.
type SourceStatus struct {
	Name        string
	State       string    // of its breaker: closed, half-open, open, or none
	SuccessRate *float64  // of the last exchanges, from 0 to 1; nil = none yet
	LastOutcome string    // of the last one
	LastAt      time.Time // zero = never asked
	Disabled    string    // why the operator's account with it is not used; empty = it is
	RetryAt     time.Time // when it will be asked again; zero = now
}
