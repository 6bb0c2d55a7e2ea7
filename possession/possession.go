// Package possession answers: does this person hold it? A subject of a business has up to five numbers. A code is sent
// to one of them and typed back. The package knows no partner: each dialect describes by a Policy what it wants.
//
// A change of a subject is a step. Steps on many subjects share a transaction: it locks and reads the subjects, asks pure
// rules (decide.go, send_limits.go, pumping.go) and writes what they said. A try at a code is counted in the transaction that
// compares it, and nobody hears of either before that is durable. Refusals are models.Error with the codes of
// models/possession.go.
package possession

import (
	"context"
	"crypto/cipher"
	"log/slog"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/settings"
)

// Sender carries a message to a person, or says why not. It honours the deadline of ctx and never panics.
type Sender interface {
	Send(ctx context.Context, m Message) Delivery
}

// Vault seals what is personal. Index and Hash are keyed: a reader of the database cannot find a number or a code by
// trying all.
type Vault interface {
	Index(scope, text string) []byte
	Hash(scope string, data []byte) []byte
	NewKey(aad string) (key cipher.AEAD, wrapped []byte, err error)
	OpenKey(wrapped []byte, aad string) (cipher.AEAD, error)
}

// Options is what a service is made of.
type Options struct {
	DB         *gorm.DB
	Read       *gorm.DB
	Vault      Vault
	World      models.World
	NewCode    func() string   // six digits nobody can foresee; nil = RandomCode
	Live       Sender          // carries the messages of live keys
	Sandbox    Sender          // carries those of sandbox keys
	Limits     settings.Limits // the operator's: counters are kept as long as the longest of them
	Till       Till            // pays for messages; nil: they are free
	Box        Box             // seals test numbers; nil: there are none
	Within     time.Duration   // the most that the database's part of one call may take; 0 = 10 s
	SendWithin time.Duration   // the most that a sender may take
	KeepSends  time.Duration   // how long decisions about sending are kept; 0 = 90 days
	Log        *slog.Logger    // nil = silent
}

// Service sends codes and checks them.
type Service struct {
	primary, replica *gorm.DB
	vault            Vault
	box              Box
	world            models.World
	newCode          func() string
	live, sandbox    Sender
	limits           settings.Limits
	till             Till
	within           time.Duration
	sendWithin       time.Duration
	keepSends        time.Duration
	log              *slog.Logger
	metrics          *metrics
	burying          burying
	notes            chan struct{} // places for ends of sendings that wait to be written down
	changes          group[step]
	arrivals         group[arrival]
}

// New makes a service.
func New(o Options) *Service {
	if o.NewCode == nil {
		o.NewCode = RandomCode
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		primary: o.DB, replica: o.Read, vault: o.Vault, box: o.Box, world: o.World, newCode: o.NewCode, live: o.Live,
		sandbox: o.Sandbox, limits: o.Limits, till: o.Till, within: orElse(o.Within, 10*time.Second),
		sendWithin: o.SendWithin, keepSends: orElse(o.KeepSends, 90*24*time.Hour), log: o.Log,
		metrics: newMetrics(), notes: make(chan struct{}, notesAtOnce),
	}
	s.changes.run, s.changes.key, s.changes.fail = s.runSteps, (*step).subject, (*step).end
	s.arrivals.run, s.arrivals.key, s.arrivals.fail = s.runArrivals, (*arrival).sending, (*arrival).end
	return s
}

// SendLiveBy sets another sender for live keys. Nothing may be sent then.
func (s *Service) SendLiveBy(live Sender) { s.live = live }

func orElse(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Who names a subject. All dialects of a business share its subjects: a code that one dialect sent can be checked by
// another, once.
type Who struct {
	BusinessID string
	Sandbox    bool
	Subject    string // the business's own id: 1 to 200 characters
	Realm      string // separates subjects of ours, which no business may name; "" = the business's own
}

// key is the subject's id in the tables. Subjects of the two environments never meet, nor do those of two realms,
// because no business's own id has a control character in it.
func (w Who) key() string {
	if w.Realm != "" {
		return environment(w.Sandbox) + "\x01" + w.Realm + "/" + w.Subject
	}
	return environment(w.Sandbox) + w.Subject
}

// aad binds what is sealed to the subject.
func (w Who) aad() string { return w.BusinessID + "/subject/" + w.key() }

// known tells whether there can be such a subject at all. New ones need more, see Open.
func (w Who) known() bool {
	for _, r := range w.Subject {
		if r < ' ' || r == utf8.RuneError {
			return false
		}
	}
	return w.Subject != "" && utf8.RuneCountInString(w.Subject) <= models.MaxReference
}

func environment(sandbox bool) string {
	if sandbox {
		return "test/"
	}
	return "live/"
}

// Policy is how a dialect wants numbers and codes to behave.
type Policy struct {
	Life      time.Duration // of a new code; 0 = 5 minutes, and never more than models.MaxCodeLife
	Exclusive bool          // no other subject of the business can verify a number that was verified under it
	Again     bool          // a verified number may be verified again, as at each login
	Attested  bool          // the business's own word verifies a number; otherwise only the telephone itself does
}

// counts tells whether the proof of a number verifies it under this policy.
func (p Policy) counts(n Held) bool {
	if p.Attested {
		return n.Verified()
	}
	return n.Possessed()
}

func (p Policy) life() time.Duration {
	return min(orElse(p.Life, 5*time.Minute), models.MaxCodeLife)
}

// WhoHolds names the subject that a number itself stands for, for callers that know no other name: 32 hex digits that
// tell nothing about the number. Kind separates people who may share a number, such as employees and customers.
func (s *Service) WhoHolds(businessID string, sandbox bool, kind string, p models.Phone) Who {
	name := s.vault.Index(environment(sandbox)+"holder", businessID+"\x00"+kind+"\x00"+p.Digits())
	return Who{BusinessID: businessID, Sandbox: sandbox, Subject: hexText(name)}
}

// numberIndex is the blind index of a number, the same as that of lookups.
func (s *Service) numberIndex(p models.Phone, sandbox bool) []byte {
	return s.vault.Index(environment(sandbox)+"number", p.Digits())
}

func (s *Service) emailIndex(address string, sandbox bool) []byte {
	return s.vault.Index(environment(sandbox)+"email", address)
}

// sender is who carries messages for the environment.
func (s *Service) sender(sandbox bool) Sender {
	if sandbox {
		return s.sandbox
	}
	return s.live
}
