package models

// Channels that no dialect uses yet stand here too. A proof by them then has its rank from the first day.
const (
	ChannelCall    Channel = "call"
	ChannelNetwork Channel = "network" // the mobile network itself said who holds the number
)

// Assurance is how much a proof says about who holds a number.
type Assurance string

// The assurances. "" says nothing at all.
const (
	AssuranceMailbox    Assurance = "mailbox"    // somebody reads a mailbox; nothing is known about the number
	AssuranceAttested   Assurance = "attested"   // the business says so
	AssurancePossession Assurance = "possession" // the telephone itself showed it
)

// Evidence is a kind of proof, with what it is worth.
type Evidence struct {
	Channel   Channel
	Assurance Assurance
	Meaning   string // for people: the page about evidence shows it
}

// AllEvidence gives every kind of proof, the strongest first. docs/evidence.md shows the same table.
func AllEvidence() []Evidence {
	return []Evidence{
		{ChannelSMS, AssurancePossession, "a code went out as a text message and came back"},
		{ChannelWhatsApp, AssurancePossession, "a code went to the number's WhatsApp account and came back"},
		{ChannelCall, AssurancePossession, "a code was spoken in a call and came back"},
		{ChannelNetwork, AssurancePossession, "the mobile network says that the device has the number"},
		{ChannelTrust, AssuranceAttested, "the business vouches for the number, or typed in a code that was handed to it"},
		{ChannelEmail, AssuranceMailbox, "a code went to a mailbox that the company named, and came back"},
	}
}

// Assurance is what a proof by this channel is worth. A channel that is not in the table is worth nothing.
func (c Channel) Assurance() Assurance {
	for _, e := range AllEvidence() {
		if e.Channel == c {
			return e.Assurance
		}
	}
	return ""
}

// Holds tells whether a proof of this assurance counts as holding the number. Only the highest does.
func (a Assurance) Holds() bool { return a == AssurancePossession }

// AtLeast tells whether an assurance is worth as much as another.
func (a Assurance) AtLeast(other Assurance) bool { return a.rank() >= other.rank() }

func (a Assurance) rank() int {
	switch a {
	case AssurancePossession:
		return 3
	case AssuranceAttested:
		return 2
	case AssuranceMailbox:
		return 1
	}
	return 0
}
