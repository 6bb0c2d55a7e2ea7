// Package simulation answers: does the whole service keep its promises whatever happens, and in whatever order?
//
// A seed makes a history: what callers do, and what goes wrong. It is played against two real gateways on one store, in a
// bubble of testing/synctest whose clock is virtual. What callers, vendors and receivers saw is then held against the books.
package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// plan is a history before it happens.
type plan struct {
	seed   uint64
	terms  terms
	steps  []step
	faults []fault
}

// terms are what the operator has configured for a history.
type terms struct {
	order   []string // of the vendors
	lease   time.Duration
	attempt time.Duration
	total   time.Duration
	skew    time.Duration // by which the second gateway's clock is ahead
}

// verb is what somebody does.
type verb string

// What callers, subjects and operators do.
const (
	asks      verb = "asks"
	reads     verb = "reads"
	confirms  verb = "confirms"
	resends   verb = "resends"
	erases    verb = "erases"
	withdraws verb = "withdraws"
	pries     verb = "pries" // into another business's lookup
	lists     verb = "lists"
	reprices  verb = "reprices"
	tops      verb = "tops up"
	revokes   verb = "revokes"
	jumps     verb = "clock jumps"
	restarts  verb = "restarts"
	crashes   verb = "crashes"
	rotates   verb = "rotates keys"
	replays   verb = "replays events"
	forges    verb = "forges a callback"
)

// step is one thing that somebody does at a time.
type step struct {
	id    int
	at    time.Duration
	do    verb
	biz   int
	num   int           // of the number that it is about
	key   string        // idempotency key; "" = none
	via   int           // the gateway
	of    int           // the step that it follows; 0 = none
	tries int           // more of them if the gateway fails
	leave bool          // the caller does not wait for the answer
	right bool          // the code that is typed
	by    time.Duration // of a jump
}

func (s step) String() string {
	text := fmt.Sprintf("%7.3fs  #%d %s", s.at.Seconds(), s.id, s.do)
	switch s.do {
	case asks:
		text += fmt.Sprintf(" %s about n%d key=%q via g%d tries=%d leave=%t", roster[s.biz].id, s.num, s.key, s.via, s.tries, s.leave)
	case erases, withdraws:
		text += fmt.Sprintf(" %s n%d via g%d", roster[s.biz].id, s.num, s.via)
	case reads, resends, pries, forges:
		text += fmt.Sprintf(" #%d via g%d", s.of, s.via)
	case confirms:
		text += fmt.Sprintf(" #%d right=%t via g%d", s.of, s.right, s.via)
	case jumps:
		text += fmt.Sprintf(" by %s", s.by)
	case lists, reprices, tops, revokes, replays:
		text += " " + roster[s.biz].id
	case restarts, crashes, rotates:
		text += fmt.Sprintf(" g%d", s.via)
	}
	return text
}

// harm is what goes wrong.
type harm string

// What goes wrong at an await. Those of the first group happen in the store, those of the second in the network, and a crash
// in both.
const (
	refused harm = "refused" // the store is away: nothing was done
	odd     harm = "odd"     // an error that no code knows: nothing was done
	lost    harm = "lost"    // it was done, and an error says that nobody knows
	doubted harm = "doubted" // it was not done, and an error says that nobody knows
	stalled harm = "stalled" // it takes very long

	slow        harm = "slow"
	hangs       harm = "hangs"   // no answer, until the asker gives up
	late        harm = "late"    // it works, after the asker has given up
	broken      harm = "500"     // an error in the far side's words
	garbled     harm = "garbled" // what cannot be read
	busy        harm = "429"     //
	unreachable harm = "unreachable"
	pending     harm = "pending" // the answer is owed, and brought later
	cut         harm = "cut"     // the far side did its work, and the answer is lost
	denied      harm = "denied"  // the far side takes the number for an impossible one

	before harm = "crash before"
	after  harm = "crash after"
)

// class is a kind of await.
type class string

// The awaits.
const (
	onRead    class = "read"
	onWrite   class = "write"
	onCommit  class = "commit"
	onVendor  class = "vendor"
	onChannel class = "channel"
	onReceive class = "receiver"
)

// fault goes wrong at the nth await of a class. Those of the store are counted by gateway.
type fault struct {
	at    class
	via   int
	nth   int
	what  harm
	long  time.Duration // of what is slow
	bring bring
}

// bring is how an answer that is owed is brought.
type bring struct {
	early  bool          // before the vendor has said that it owes it
	after  time.Duration // the question
	times  int
	via    int
	fails  bool // the vendor has given up
	silent bool // it is never brought, only polled
}

func (f fault) String() string {
	text := fmt.Sprintf("%s %d of g%d: %s", f.at, f.nth, f.via, f.what)
	if f.long > 0 {
		text += " " + f.long.String()
	}
	if f.what == pending {
		text += fmt.Sprintf(" %+v", f.bring)
	}
	return text
}

// size is how much a history holds; shrinking makes it less.
func (p plan) size() int { return len(p.steps) + len(p.faults) }

// without leaves out some of a history's items, counted over steps and faults.
func (p plan) without(from, to int) plan {
	made, n := p, len(p.steps)
	made.steps = slices.Concat(p.steps[:min(from, n)], p.steps[min(to, n):])
	made.faults = slices.Concat(p.faults[:max(from-n, 0)], p.faults[max(to-n, 0):])
	return made
}

func (p plan) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "seed %d: %+v\n", p.seed, p.terms)
	for _, s := range p.steps {
		fmt.Fprintln(&text, " ", s)
	}
	for _, f := range p.faults {
		fmt.Fprintln(&text, "  fault:", f)
	}
	return text.String()
}

// chance gives a sequence of a seed's own for a purpose.
func chance(seed uint64, purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }
