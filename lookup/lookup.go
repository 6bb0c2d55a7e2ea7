// Package lookup answers: whose number is this? It is the story of one paid question: consent is checked, the price
// held, a source asked, the answer recorded and the price settled, in that order and each step durable before the next.
package lookup

import (
	"context"
	"crypto/cipher"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/traces"
)

// Till holds and settles money together with a lookup's record. *billing.Till is one.
type Till interface {
	Hold(billing.HoldOrder) (billing.Receipt, error)
	Settle(billing.SettleOrder) (billing.Receipt, error)
}

// Vault seals what is personal. Index and Hash are keyed: a reader of the database cannot find a number by trying all.
type Vault interface {
	Index(scope, text string) []byte
	Hash(scope string, data []byte) []byte
	NewKey(aad string) (key cipher.AEAD, wrapped []byte, err error)
	OpenKey(wrapped []byte, aad string) (cipher.AEAD, error)
}

// Options is what a service is made of.
type Options struct {
	DB      *gorm.DB
	Read    *gorm.DB
	Till    Till
	Vault   Vault
	World   models.World
	Live    Source        // asked for live keys
	Sandbox Source        // asked for sandbox keys
	Lease   time.Duration // how long a lookup may stay open before the sweeper takes it for abandoned
	KeyLife time.Duration // how long an idempotency key is kept
	Outage  Outage        // what happens when no source answers; zero: the caller is told so
	Witness Witness       // keeps evidence of erasures; nil: none is kept
	Traces  *traces.Tracer
	Log     *slog.Logger

	Lived func(state, event string) // tests: hears of each event that the table of life.go was asked about; nil: nobody does
}

// Service answers lookups and reads them again.
type Service struct {
	primary, replica *gorm.DB // asked for by store.go alone
	till             Till
	vault            Vault
	world            models.World
	live, sandbox    Source
	leaseTime        time.Duration
	keyLife          time.Duration
	outage           Outage
	confirmer        Confirmer
	witness          Witness
	log              *slog.Logger
	traces           *traces.Tracer
	lived            func(state, event string)
	metrics          *metrics
	flights          flights
	leasePause       time.Duration // between two tries to get a lease that somebody else has
	eraseAtOnce      int           // lookups of a number that are erased before the caller is answered
}

// New makes a service.
func New(o Options) *Service {
	return &Service{
		primary: o.DB, replica: o.Read, till: o.Till, vault: o.Vault, world: o.World, live: o.Live, sandbox: o.Sandbox,
		leaseTime: o.Lease, keyLife: o.KeyLife, outage: o.Outage, witness: o.Witness, log: o.Log, traces: o.Traces, lived: o.Lived,
		metrics: newMetrics(), leasePause: leasePause, eraseAtOnce: eraseAtOnce,
	}
}

// ConfirmBy sets who makes numbers confirm lookups. It is called once, before the first lookup.
func (s *Service) ConfirmBy(c Confirmer) { s.confirmer = c }

// AskLive sets another source for live keys. No lookup may be under way then.
func (s *Service) AskLive(source Source) { s.live = source }

// Find answers a query, or repeats an earlier answer. The result's receipt tells what the wallet was asked for, also
// beside an error. Errors: models.ConsentMissing, ConsentWithdrawn, InProgress, IdempotencyMismatch, InsufficientFunds, SpendCapReached,
// SourcesUnavailable, Busy, Unknown, Internal; TooManyRequests when the number got too many codes.
func (s *Service) Find(ctx context.Context, q Query) (Result, error) {
	if q.Consent.Refusal != "" {
		return Result{}, s.refuse(ctx, q)
	}
	reservation := s.reservation(q)
	if reservation != nil {
		if earlier, err := s.replay(ctx, q, reservation); err != nil || earlier.Replayed {
			return earlier, err
		}
	}
	record, seal, err := s.open(q)
	if err != nil {
		return Result{}, models.Fault(fmt.Errorf("open the record: %w", err))
	}
	next, from := s.askSources, stateAsking
	if q.Confirm {
		next, from, record.ExpiresAt = s.sendCode, stateOpen, q.At.Add(confirmWithin)
	}
	note := s.passage()
	patience, leave := patient(ctx)
	defer leave()
	c := caller{Query: q, patience: patience, reservation: reservation, record: record, seal: seal}
	receipt, err := s.till.Hold(billing.HoldOrder{
		Lookup: &record.Lookup, Key: reservation, Zone: q.Under.Zone, Gone: ctx.Done(), Note: note, Late: func() { _ = s.letGo(ctx, c, from) },
	})
	s.passed(ctx, "till.hold", note)
	if err != nil {
		return s.turnedAway(ctx, q, reservation, receipt, err)
	}
	if c.entry = receipt.Entry; ctx.Err() != nil {
		return Result{}, s.letGo(ctx, c, from)
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	return next(ctx, c)
}

// letGo gives back the money that was held for a caller that has gone: no source was asked.
func (s *Service) letGo(ctx context.Context, c caller, from state) error {
	gone := &models.Error{Code: models.Unavailable, Message: "the service is not available right now", RetryAfter: time.Second}
	result, err := s.finish(ctx, turn{Record: c.record, caller: &c, from: from, event: onGone, refusal: gone})
	if result.Receipt == nil {
		s.log.Warn("lookup: a hold waits for the sweeper", "lookup", c.record.ID, "err", err)
	}
	return gone
}

// onward lets a lookup go on although its caller has left, because it was paid for. Everything ends well before two
// leases have passed; if the database is silent, this deadline ends it.
func (s *Service) onward(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 2*s.leaseTime)
}

// turnedAway deals with a hold that was refused. A withdrawn consent leaves evidence. Of two requests with one
// idempotency key, the later one gets the answer of the first.
func (s *Service) turnedAway(ctx context.Context, q Query, r *billing.Reservation, receipt billing.Receipt, refusal error) (Result, error) {
	result := Result{}
	switch models.CodeOf(refusal) {
	case models.ConsentWithdrawn:
		q.Consent.Refusal = "consent was withdrawn"
		if err := s.refuse(ctx, q); models.CodeOf(err) != models.ConsentMissing {
			return result, err
		}
	case models.InProgress:
		if earlier, err := s.replay(ctx, q, r); err != nil || earlier.Replayed {
			return earlier, err
		}
	case models.InsufficientFunds:
		result.Receipt = &receipt
	}
	return result, refusal
}

// refuse stores the evidence that a lookup was asked for without consent, and gives the refusal.
func (s *Service) refuse(ctx context.Context, q Query) error {
	err := s.noteRefusal(ctx, models.ConsentEvent{
		BusinessID: q.BusinessID, ID: s.world.NewID(), Kind: models.ConsentRefused, KeyID: q.KeyID,
		NumberIndex: s.numberIndex(q.Phone, q.Sandbox), BodyHash: s.vault.Hash("body", q.Body),
		Reason: q.Consent.Refusal, CreatedAt: q.At,
	})
	if err != nil {
		return err
	}
	return &models.Error{Code: models.ConsentMissing, Message: q.Consent.Refusal}
}

// numberIndex is the blind index of a number. The sandbox has its own, so that a withdrawal there changes nothing for
// live keys.
func (s *Service) numberIndex(p models.Phone, sandbox bool) []byte {
	return s.vault.Index(environment(sandbox)+"number", p.Digits())
}
