package settings

import "time"

// Cap is how much is allowed within a time. Most 0 = no limit.
type Cap struct {
	Most   int64
	Within time.Duration
}

// Limits say how many codes are sent. The limit per number holds exactly, over any stretch of time, and always. The
// others count within windows that begin with the first message, and may be told to watch only.
// A limit per number of 0 lets nothing through.
type Limits struct {
	PerNumber   Cap // per business and number; also per business and e-mail address
	PerSubject  Cap
	PerBusiness Cap
	PerIP       Cap      // per business and address of whoever asked; of IPv6, the network of 64 bits
	PerBlock    Cap      // per business and block of a million numbers: whoever earns by messages uses one after the other
	Money       Cap      // per business, in minor units of what the senders charged
	Countries   []string // ISO 3166 codes of the countries that codes are sent to; empty = all
	Prefixes    []string // digits that numbers begin with; those of a country that has none here are not judged by it
	RecordOnly  bool     // everything but PerNumber is recorded, not enforced
	Pumping     Pumping
}

// Longest is the longest window.
func (l Limits) Longest() time.Duration {
	longest := time.Hour
	for _, c := range []Cap{l.PerNumber, l.PerSubject, l.PerBusiness, l.PerIP, l.PerBlock, l.Money} {
		longest = max(longest, c.Within)
	}
	return longest
}

// Pumping says from which number of codes that did not come back it looks as if somebody earned by the messages: such a
// one asks for many codes and never types one back. What is usual for the business moves the thresholds: a share of what
// came back is let through in any case. Hours are those of the clock; a day is the hour that runs and the 23 before it.
type Pumping struct {
	Mode        Mode
	Share       int64 // in percent, of codes that came back
	CountryDay  int64 // codes to a country, or to a block of numbers, that did not come back within a day
	CountryHour int64 // and within the hour
	IPDay       int64 // asked for from one address
	IPCountries int64 // countries that one address may ask for within a day
}

// Mode is what a guard does when something looks wrong.
type Mode string

// The modes.
const (
	ModeOff     Mode = "off"
	ModeRecord  Mode = "record"  // it says so among the reasons of the decision
	ModeEnforce Mode = "enforce" // it refuses
)
