// Package simulator answers: what would the vendor have said?
//
// It serves the contracts of all data vendors on one address, each under a prefix of its own, and checks a client the
// way the vendor would: keys, signatures, tokens. The last digit of a number decides what is said about it:
//
//	0 found          2 invalid number   4 full record, or two owners   6 rate limited   8 malformed, in three ways
//	1 not found      3 source down      5 wallet empty                 7 slow           9 closed without an answer
//
// Those who carry texts are served too. To them 0 and 7 are numbers that texts reach, 1 one that they do not go to, and
// 4 one that is blocked; what they accepted can be read under /__sim/messages.
//
// A number that a vendor documents for tests is answered as documented. The people are invented, see PersonOf. What was asked is
// counted. The control plane under /__sim/ reads the counters, takes vendors and their sources down and sends webhooks. It sends
// them at once, late, twice or wrongly signed, or on their own after each result that is pending. It has no lock: serve on a
// loopback address.
//
// A vendor is a file in vendors: its routes, whom it refuses, and its answers, which are recorded ones with the invented people
// laid over them. Go does what a file cannot: tokens, signatures, state and counters; see actions.go.
package simulator

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"slices"
	"time"
)

// Options are what can be set. The zero value is useful.
type Options struct {
	Now          func() time.Time                                 // the clock that tokens live by; nil = the machine's
	Sleep        func(ctx context.Context, d time.Duration) error // gives ctx's error if that ends first; nil = real time
	Slow         time.Duration                                    // how long the slow number takes; 0 = 3 s
	PendingPolls int                                              // the poll that finds a pending result done; 0 = 2
	TokenLife    time.Duration                                    // of tokens whose vendor does not fix it; 0 = 15 min
	Key          crypto.Signer                                    // the client's key for private_key_jwt, ECDSA P-256 or RSA; nil = a new one
	MaxRows      int                                              // counters kept apart; 0 = 20,000. Beyond, a path's numbers share one
	Webhooks     string                                           // loopback URL below which each vendor's webhooks go on their own; "" = they do not
	WebhookDelay time.Duration                                    // how long after the question
}

func (o Options) orDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Slow == 0 {
		o.Slow = 3 * time.Second
	}
	if o.PendingPolls == 0 {
		o.PendingPolls = 2
	}
	if o.TokenLife == 0 {
		o.TokenLife = 15 * time.Minute
	}
	if o.Key == nil {
		o.Key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // never fails: crypto/rand stops the program instead
	}
	if o.MaxRows == 0 {
		o.MaxRows = 20_000
	}
	return o
}

// Simulator serves the contracts. Its methods may be called at any time from anywhere.
type Simulator struct {
	options  Options
	mux      *http.ServeMux
	vendors  []vendor
	actions  map[string]action
	counters *counters
	switches *switches
	tokens   *tokens
	checked  *shelf[verification] // Youverify's, by id
	jobs     *shelf[job]          // Smile's, by product and job id
	codes    *shelf[sentCode]     // CAMARA's one-time passwords, by authentication id
	consents *shelf[consent]      // CAMARA's back-channel requests, by request id
	texts    texts

	announcer *announcer
}

var _ http.Handler = (*Simulator)(nil)

// How many things of a kind are remembered; the oldest is forgotten first.
const remembered = 20_000

// New makes a simulator.
func New(o Options) *Simulator {
	o = o.orDefaults()
	s := &Simulator{
		options:  o,
		mux:      http.NewServeMux(),
		vendors:  parsed(),
		actions:  actions(),
		counters: newCounters(o.MaxRows),
		switches: newSwitches(),
		tokens:   newTokens(o.Now),
		checked:  newShelf[verification](remembered),
		jobs:     newShelf[job](remembered),
		codes:    newShelf[sentCode](remembered),
		consents: newShelf[consent](remembered),

		announcer: newAnnouncer(o.Webhooks, o.WebhookDelay),
	}
	for i := range s.vendors {
		s.mount(&s.vendors[i])
	}
	s.control()
	return s
}

// ServeHTTP serves every vendor and the control plane.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Count gives what a vendor was asked about a number, over all its paths; an empty number stands for all numbers.
func (s *Simulator) Count(vendor, number string) Count {
	var sum Count
	for _, row := range s.counters.list() {
		if row.Vendor == vendor && (number == "" || row.Number == NumberKey(number)) {
			sum = sum.plus(row.Count)
		}
	}
	return sum
}

// Reset forgets counts, switches and results. Credentials and the tokens given out stay good.
func (s *Simulator) Reset() {
	s.counters.reset()
	s.switches.reset()
	s.checked.clear()
	s.jobs.clear()
	s.codes.clear()
	s.consents.clear()
	s.texts.clear()
}

// route gives the route of a vendor that is asked this way.
func (v *vendor) route(ask string) *route {
	at := slices.IndexFunc(v.Routes, func(r route) bool { return r.Ask == ask })
	return &v.Routes[at] // which is asked for by name in Go is in the file
}

func (s *Simulator) vendor(name string) (*vendor, bool) {
	at := slices.IndexFunc(s.vendors, func(v vendor) bool { return v.name == name })
	if at < 0 {
		return nil, false
	}
	return &s.vendors[at], true
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
