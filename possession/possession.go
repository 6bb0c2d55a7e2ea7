// Package possession answers: does this person hold it? A subject of a business has up to five numbers; a code is sent
// to one of them and typed back. The package knows no partner: each dialect says by a Policy how it wants things done.
//
// Whoever changes anything about a subject holds its row for as long as the transaction lasts, reads what is there,
// asks a pure rule (decide.go, guard.go) and writes what the rule said. A try at a code is counted before that, in a
// statement of its own. Refusals are models.Error with the codes of models/possession.go.
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

// Vault seals what is personal. Index and Hash are keyed, so that whoever reads the database cannot try all numbers,
// nor all codes.
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
	Limits     settings.Limits // for everybody, unless there is an Agreement
	Agreement  Agreement       // what holds for each business; nil: Limits, and messages are free
	Till       Till            // pays for messages; nil: they are free
	Box        Box             // seals test numbers; nil: there are none
	Within     time.Duration   // the most that the database's part of one call may take; 0 = 10 s
	SendWithin time.Duration   // the most that a sender may take; 0 = 10 s
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
	agreement        Agreement
	till             Till
	within           time.Duration
	sendWithin       time.Duration
	keepSends        time.Duration
	log              *slog.Logger
	metrics          *metrics
	burying          burying
}

// New makes a service.
func New(o Options) *Service {
	if o.NewCode == nil {
		o.NewCode = RandomCode
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Limits.PerNumber.Most <= 0 {
		o.Limits.PerNumber = settings.DefaultLimits().PerNumber
	}
	return &Service{
		primary: o.DB, replica: o.Read, vault: o.Vault, box: o.Box, world: o.World, newCode: o.NewCode, live: o.Live,
		sandbox: o.Sandbox, limits: o.Limits, agreement: o.Agreement, till: o.Till, within: orElse(o.Within, 10*time.Second),
		sendWithin: orElse(o.SendWithin, 10*time.Second), keepSends: orElse(o.KeepSends, 90*24*time.Hour), log: o.Log,
		metrics: newMetrics(),
	}
}

// SendLiveBy has another sender carry the messages of live keys. Nothing may be sent at that moment.
func (s *Service) SendLiveBy(live Sender) { s.live = live }

func orElse(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Who names a subject. All dialects of a business share its subjects: a code that one of them sent can be checked by
// another, once.
type Who struct {
	BusinessID string
	Sandbox    bool
	Subject    string // the business's own id: 1 to 200 characters
	Realm      string // keeps subjects of ours apart, which no business may name: "" = the business's own
}

// key is the subject's id in the tables: those of the two environments never meet, nor do those of two realms, because
// no business's own id has a control character in it.
func (w Who) key() string {
	if w.Realm != "" {
		return environment(w.Sandbox) + "\x01" + w.Realm + "/" + w.Subject
	}
	return environment(w.Sandbox) + w.Subject
}

// aad binds what is sealed to the subject.
func (w Who) aad() string { return w.BusinessID + "/subject/" + w.key() }

// known tells whether there can be such a subject at all. New ones keep a stricter rule, see Open.
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
	Exclusive bool          // a number verified so cannot be verified so by another subject of the business
	Again     bool          // a verified number may be verified again, as at each login
	Attested  bool          // the business's own word verifies a number: else only what the telephone itself showed does
}

// counts tells whether what is known of a number verifies it.
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
// tell nothing about the number. Kind keeps those apart who may share one, such as employees and customers.
func (s *Service) WhoHolds(businessID string, sandbox bool, kind string, p models.Phone) Who {
	name := s.vault.Index(environment(sandbox)+"holder", businessID+"\x00"+kind+"\x00"+p.Digits())
	return Who{BusinessID: businessID, Sandbox: sandbox, Subject: hexText(name)}
}

// numberIndex is the blind index of a number: the same that lookups are found by.
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
