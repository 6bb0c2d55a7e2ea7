package channel

import (
	"slices"
	"time"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// rule is what follows from one carrier's turn with a message.
type rule struct {
	Breaker gate.Effect
	Account gate.Measure  // as far as it changes how fast we may be
	Ends    bool          // nobody else gets a turn
	Closes  bool          // nobody else gets a turn over the same kind of channel: they would hear the same
	Pause   time.Duration // for which the carrier is left out, unless it says for how long
	Weight  int           // of several turns that did not end it, the heaviest is the one reported
}

// rules is the whole of fallback between carriers. A turn without an understood answer may have sent the message:
// the next carrier sends the same code, and if none takes it, the person may still have it. What is wrong with the
// number weighs more than what is wrong with us, because only the former helps the caller.
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

// reach gives the kinds of channel by which a message may travel. What is to reach a telephone may do so as a text
// message or over WhatsApp, if the operator lists such a carrier.
func reach(wanted models.Channel) []models.Channel {
	if wanted == models.ChannelSMS {
		return []models.Channel{models.ChannelSMS, models.ChannelWhatsApp}
	}
	return []models.Channel{wanted}
}

// channelFor gives the kind of channel by which a carrier would carry a message, "" if it cannot.
func (c Carrier) channelFor(wanted models.Channel) models.Channel {
	for _, kind := range reach(wanted) {
		if slices.Contains(c.Kinds, kind) {
			return kind
		}
	}
	return ""
}

// understood makes an outcome one of those that a carrier may report.
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
