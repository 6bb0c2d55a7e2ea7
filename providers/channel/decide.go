package channel

import (
	"slices"
	"time"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// rule is what follows from one carrier's try with a message.
type rule struct {
	Breaker gate.Effect
	Account gate.Measure  // as far as it changes how fast we may be
	Ends    bool          // no other carrier is tried
	Closes  bool          // no other carrier of the same kind of channel is tried: it would say the same
	Pause   time.Duration // for which the carrier is left out, unless it says for how long
	Weight  int           // of several tries that did not end it, the heaviest is the one reported
}

// rules is the whole of the fallback between carriers. A try without a clear answer may have sent the message. The next
// carrier sends the same code, and if none takes it, the person may still have it. A fault of the number weighs more
// than a fault of ours, because only the former helps the caller.
var rules = map[possession.Outcome]rule{
	possession.Accepted:       {Breaker: gate.Helps, Account: gate.Clears, Ends: true},
	possession.InvalidNumber:  {Breaker: gate.Proves, Closes: true, Weight: 8},
	possession.Blocked:        {Breaker: gate.Proves, Closes: true, Weight: 7},
	possession.NotOnChannel:   {Breaker: gate.Proves, Weight: 6},
	possession.SenderRejected: {Breaker: gate.Proves, Weight: 5},
	possession.WalletEmpty:    {Pause: time.Minute, Weight: 3},
	possession.Credentials:    {Pause: time.Minute, Weight: 4},
	possession.RateLimited:    {Account: gate.Slows, Pause: time.Second, Weight: 2},
	possession.ProviderDown:   {Breaker: gate.Hurts, Weight: 1},
	possession.Timeout:        {Breaker: gate.Hurts, Weight: 9},
}

// Why a carrier was left out, in the tries of a message.
const (
	skipped    = "skipped"
	skipPaused = "paused"
	skipBusy   = "busy"
	skipOpen   = "breaker_open"
)

// longestPause bounds what a carrier may ask for.
const longestPause = 10 * time.Minute

// reach gives the kinds of channel that can carry a message. A message to a telephone may go as a text message or over
// WhatsApp, if the operator lists such a carrier.
func reach(wanted models.Channel) []models.Channel {
	if wanted == models.ChannelSMS {
		return []models.Channel{models.ChannelSMS, models.ChannelWhatsApp}
	}
	return []models.Channel{wanted}
}

// channelFor gives the kind of channel that a carrier would use for a message, "" if it cannot carry it.
func (c Carrier) channelFor(wanted models.Channel) models.Channel {
	for _, kind := range reach(wanted) {
		if slices.Contains(c.Kinds, kind) {
			return kind
		}
	}
	return ""
}

// understood maps an unknown outcome to one that a carrier may report.
func understood(d possession.Delivery) possession.Delivery {
	if _, known := rules[d.Outcome]; !known {
		d.Outcome = possession.Timeout
	}
	return d
}

// heavier gives the delivery to report: the newest if it ended everything, else the one that weighs more.
func heavier(before, newest possession.Delivery) possession.Delivery {
	if r := rules[newest.Outcome]; r.Ends || r.Weight > rules[before.Outcome].Weight {
		return newest
	}
	return before
}
