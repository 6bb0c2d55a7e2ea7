// Package views answers: what does a noun of ours look like in JSON? There is one form of each, for our own API and for the commands'
// --json. A partner's dialect has forms of its own.
package views

import "time"

// Layout is how every time of ours is written, in UTC.
const Layout = "2006-01-02T15:04:05.000Z"

// Instant is a time in that form.
type Instant time.Time

// MarshalJSON writes the time.
func (i Instant) MarshalJSON() ([]byte, error) {
	return append(time.Time(i).UTC().AppendFormat([]byte{'"'}, Layout), '"'), nil
}

// At gives a time that may be missing: nil, which is null in JSON, for the zero time.
func At(t time.Time) *Instant {
	if t.IsZero() {
		return nil
	}
	at := Instant(t)
	return &at
}

// Mode is the environment of a key or a client.
func Mode(sandbox bool) string {
	if sandbox {
		return "sandbox"
	}
	return "live"
}
