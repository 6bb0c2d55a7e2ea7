package lookup

import "whoseline/models"

// The life of a lookup is one table: what an event does in a state. Every path reads it, and finish writes what it says.
//
//	open → awaiting_code → awaiting_source → found | not_found | failed
//	                asking → awaiting_source → found | not_found | failed
//
// A lookup that is bound to its number begins in open, every other one in asking. Erasure is not a state: it is a fact
// that may come on top of any. So is the lease under which a gateway asks again (lease.go).

// state is how far a lookup has come. It follows from what is stored of the lookup and from nothing else.
type state string

// The states of a lookup.
const (
	stateOpen           state = "open"            // a code is on its way to the number; the caller waits
	stateAwaitingCode   state = "awaiting_code"   // the number has not confirmed yet
	stateAsking         state = "asking"          // sources are asked for the first time; the caller waits
	stateAwaitingSource state = "awaiting_source" // sources are asked again, and may bring an answer
	stateFound          state = "found"
	stateNotFound       state = "not_found"
	stateFailed         state = "failed"
)

// stateOf gives the state of a lookup by its row. code: it is bound to its number, which has not confirmed it yet.
func stateOf(status models.Status, code bool) state {
	switch {
	case status == models.StatusOpen && code:
		return stateOpen
	case status == models.StatusOpen:
		return stateAsking
	case status == models.StatusPending && code:
		return stateAwaitingCode
	case status == models.StatusPending:
		return stateAwaitingSource
	default:
		return state(status)
	}
}

// status is what the row says in a state.
func (s state) status() models.Status {
	switch s {
	case stateOpen, stateAsking:
		return models.StatusOpen
	case stateAwaitingCode, stateAwaitingSource:
		return models.StatusPending
	default:
		return models.Status(s)
	}
}

// event is something that happens to a lookup.
type event string

// The events of a lookup's life.
const (
	onCodeSent      event = "code sent"
	onUnreachable   event = "number unreachable" // no code can reach it
	onCodeNotSent   event = "code not sent"      // this time
	onCodeConfirmed event = "code confirmed"
	onCodeBurnt     event = "code wrong or burnt"
	onFound         event = "answered: found"
	onNotFound      event = "answered: not found"
	onImpossible    event = "answered: impossible number"
	onNobody        event = "nobody answered"
	onBrought       event = "answer brought later" // it is read first, and is then one of the three answers
	onTimeOver      event = "time over"            // nobody answered or confirmed, and the patience is over
	onWithdrawn     event = "consent withdrawn"
	onErased        event = "erased"
	onGone          event = "caller gone" // before anything was asked
	onSwept         event = "swept"       // its gateway died
)

// charge is what happens to the money that is held for a lookup.
type charge string

// The charges.
const (
	leave         charge = "" // it stays where it is
	release       charge = "release"
	priceFound    charge = "price of found" // and the rest is released
	priceNotFound charge = "price of not found"
)

// of is how much is captured.
func (c charge) of(p Price) int64 {
	switch c {
	case priceFound:
		return p.Found
	case priceNotFound:
		return p.NotFound
	default:
		return 0
	}
}

// telling is who is told what.
type telling string

// The tellings.
const (
	tellNobody   telling = ""
	tellCaller   telling = "answer the caller"
	refuseCaller telling = "refuse the caller" // the same key may be used again
	tellBusiness telling = "send an event"
	sourceHeard  telling = "hear the source"
	sourceAgain  telling = "ask the source to come again"
	sourceLate   telling = "tell the source that it is late"
)

// step is what an event does.
type step struct {
	next   state
	charge charge
	tell   telling
	reason string // why it failed, in words for the caller
}

// The reasons that records keep of lookups that failed.
const (
	unconfirmedReason = "The number was not confirmed in time"
	unsentReason      = "No code could be sent"
	unreachableReason = "No code could be sent to this number"
	noSource          = "No source could answer"
	withdrawnReason   = "Consent was withdrawn"
	erasedReason      = "Erased"
	interruptedReason = "Interrupted before an answer"
)

// life says for each state and event what follows. An event that is missing cannot happen in that state.
var life = map[state]map[event]step{
	stateOpen: {
		onCodeSent:    {next: stateAwaitingCode, tell: tellCaller},
		onUnreachable: {next: stateFailed, charge: release, tell: tellCaller, reason: unreachableReason},
		onCodeNotSent: {next: stateFailed, charge: release, tell: refuseCaller, reason: unsentReason},
		onErased:      {next: stateOpen},
		onGone:        {next: stateFailed, charge: release, tell: refuseCaller, reason: interruptedReason},
		onSwept:       {next: stateFailed, charge: release, reason: interruptedReason},
	},
	stateAwaitingCode: {
		onCodeSent:      {next: stateAwaitingCode, tell: tellCaller},
		onUnreachable:   {next: stateAwaitingCode, tell: refuseCaller},
		onCodeNotSent:   {next: stateAwaitingCode, tell: refuseCaller},
		onCodeConfirmed: {next: stateAwaitingSource},
		onCodeBurnt:     {next: stateAwaitingCode, tell: refuseCaller},
		onTimeOver:      {next: stateFailed, charge: release, tell: tellBusiness, reason: unconfirmedReason},
		onWithdrawn:     {next: stateFailed, charge: release, tell: tellBusiness, reason: withdrawnReason},
		onErased:        {next: stateFailed, charge: release, reason: erasedReason},
		onSwept:         {next: stateAwaitingCode},
	},
	stateAsking: {
		onFound:      {next: stateFound, charge: priceFound, tell: tellCaller},
		onNotFound:   {next: stateNotFound, charge: priceNotFound, tell: tellCaller},
		onImpossible: {next: stateFailed, charge: release, tell: tellCaller},
		onNobody:     {next: stateAwaitingSource, tell: tellCaller},
		onBrought:    {next: stateAsking, tell: sourceAgain},
		onTimeOver:   {next: stateFailed, charge: release, tell: refuseCaller, reason: noSource},
		onErased:     {next: stateAsking},
		onGone:       {next: stateFailed, charge: release, tell: refuseCaller, reason: interruptedReason},
		onSwept:      {next: stateFailed, charge: release, reason: interruptedReason},

		onCodeConfirmed: {next: stateAsking, tell: refuseCaller},
	},
	stateAwaitingSource: {
		onCodeConfirmed: {next: stateAwaitingSource, tell: refuseCaller},
		onFound:         {next: stateFound, charge: priceFound, tell: tellBusiness},
		onNotFound:      {next: stateNotFound, charge: priceNotFound, tell: tellBusiness},
		onImpossible:    {next: stateFailed, charge: release, tell: tellBusiness},
		onNobody:        {next: stateAwaitingSource},
		onBrought:       {next: stateAwaitingSource, tell: sourceHeard},
		onTimeOver:      {next: stateFailed, charge: release, tell: tellBusiness, reason: noSource},
		onWithdrawn:     {next: stateFailed, charge: release, tell: tellBusiness, reason: withdrawnReason},
		onErased:        {next: stateFailed, charge: release, reason: erasedReason},
		onSwept:         {next: stateAwaitingSource},
	},
	stateFound:    ended(stateFound),
	stateNotFound: ended(stateNotFound),
	stateFailed:   ended(stateFailed),
}

// ended is the life after the end: nothing changes any more.
func ended(s state) map[event]step {
	return map[event]step{
		onCodeConfirmed: {next: s, tell: refuseCaller},
		onBrought:       {next: s, tell: sourceLate},
		onErased:        {next: s},
		onSwept:         {next: s},
	}
}

// on gives what an event does in a state. possible: the event can happen there.
func (s state) on(e event) (follows step, possible bool) {
	follows, possible = life[s][e]
	return follows, possible
}

// happens is on for an event that does happen, and not only might.
func (s *Service) happens(from state, e event) (follows step, possible bool) {
	if s.lived != nil {
		s.lived(string(from), string(e))
	}
	return from.on(e)
}

// ends tells whether a step is the lookup's last one.
func (t step) ends(from state) bool { return t.next != from && t.next.status().Settled() }

// answer is the event that an outcome is in the life of its lookup.
func answer(o models.Outcome) event {
	switch o {
	case models.OutcomeFound:
		return onFound
	case models.OutcomeNotFound:
		return onNotFound
	case models.OutcomeInvalid:
		return onImpossible
	default:
		return onNobody
	}
}
