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
)

// Till holds and settles money together with a lookup's record. *billing.Till is one.
type Till interface {
	Hold(billing.HoldOrder) (billing.Receipt, error)
	Settle(billing.SettleOrder) (billing.Receipt, error)
}

// Vault seals what is personal. Index and Hash are keyed, so that whoever reads the database cannot try all numbers.
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
	Outage  Outage        // what happens when no source answers; its zero value is to say so

	Confirmer Confirmer // has numbers confirm the lookups that are bound to them
	Witness   Witness   // keeps evidence of erasures; nil: nobody does
	Log       *slog.Logger
}

// Service answers lookups and reads them again.
type Service struct {
	Options
	metrics    *metrics
	flights    flights
	claimPause time.Duration // between two tries to get a claim that somebody else has
}

// New makes a service.
func New(o Options) *Service {
	return &Service{Options: o, metrics: newMetrics(), claimPause: claimPause}
}

// Find answers a query, or an earlier one that it repeats. The result's receipt is filled in as far as the wallet was
// looked at, also beside an error. Errors: models.ConsentMissing, ConsentWithdrawn, InProgress, IdempotencyMismatch,
// InsufficientFunds, SourcesUnavailable, Busy, Unknown, Internal; TooManyRequests when the number got too many codes.
func (s *Service) Find(ctx context.Context, q Query) (Result, error) {
	if q.Consent.Refusal != "" {
		return Result{}, s.refuse(ctx, q)
	}
	claim := s.claim(q)
	if claim != nil {
		if earlier, err := s.replay(ctx, q, claim); err != nil || earlier.Replayed {
			return earlier, err
		}
	}
	record, seal, err := s.open(q)
	if err != nil {
		return Result{}, models.Fault(fmt.Errorf("open the record: %w", err))
	}
	next := s.ask
	if q.Confirm {
		next, record.ExpiresAt = s.pose, q.At.Add(confirmWithin)
	}
	receipt, err := s.Till.Hold(billing.HoldOrder{Lookup: &record.Lookup, Key: claim, Gone: ctx.Done()})
	if err != nil {
		return s.turnedAway(ctx, q, claim, receipt, err)
	}
	asked := asking{q, claim, record, seal, receipt.Entry}
	if ctx.Err() != nil {
		return Result{}, s.letGo(asked)
	}
	result, err := next(ctx, asked)
	s.metrics.count(record, err)
	return result, err
}

// letGo gives back what was held for a caller that has gone meanwhile: nothing is asked, so that nothing is paid for.
func (s *Service) letGo(a asking) error {
	r := a.record
	r.Status, r.Reason, r.AnsweredAt = models.FailedAway, billing.Interrupted, s.World.Now()
	r.ModifiedAt = r.AnsweredAt
	if _, err := s.Till.Settle(billing.SettleOrder{Lookup: &r.Lookup, Keep: a.keep(nil)}); err != nil {
		s.Log.Warn("lookup: a hold waits for the sweeper", "lookup", r.ID, "err", err)
	}
	return &models.Error{Code: models.Unavailable, Message: "the service is not available right now", RetryAfter: time.Second}
}

// turnedAway deals with a hold that was refused: a withdrawn consent leaves evidence, and whoever lost the race for an
// idempotency key gets what the winner got.
func (s *Service) turnedAway(ctx context.Context, q Query, claim *billing.Reservation, receipt billing.Receipt, refusal error) (Result, error) {
	result := Result{}
	switch models.CodeOf(refusal) {
	case models.ConsentWithdrawn:
		q.Consent.Refusal = "consent was withdrawn"
		if err := s.refuse(ctx, q); models.CodeOf(err) != models.ConsentMissing {
			return result, err
		}
	case models.InProgress:
		if earlier, err := s.replay(ctx, q, claim); err != nil || earlier.Replayed {
			return earlier, err
		}
	case models.InsufficientFunds:
		result.Receipt = &receipt
	}
	return result, refusal
}

// asking is a query whose price is held.
type asking struct {
	Query
	claim  *billing.Reservation
	record *Record
	seal   cipher.AEAD
	entry  int64 // of the hold
}

// ask puts the question to a source and settles what came of it. The money is already held, so nothing that happens to
// the caller stops it: the source's own deadline does.
func (s *Service) ask(ctx context.Context, a asking) (Result, error) {
	ctx, cancel := s.onward(ctx)
	defer cancel()
	q, record := a.Query, a.record
	finding, memory := s.recall(ctx, a)
	defer memory.leave()
	if finding.Outcome == "" {
		finding = s.consult(ctx, record, record.question())
	}
	verdict := decide(finding, q.Price)
	if verdict.err != nil && s.Outage.bridges(ctx, q.BusinessID) {
		verdict = waiting()
		record.ExpiresAt = s.World.Now().Add(pause(0))
	}
	record.settle(finding, verdict, s.World.Now())
	record.seal(a.seal)
	var body []byte
	if verdict.err == nil {
		body = q.Render(record)
	}
	receipt, err := s.Till.Settle(billing.SettleOrder{Lookup: &record.Lookup, Keep: a.keep(body)})
	if models.CodeOf(err) == models.Conflict {
		s.Log.Warn("lookup: took so long that its hold was released", "lookup", record.ID)
		record.Status, record.Charged = models.FailedAway, 0
		return Result{}, &models.Error{Code: models.SourcesUnavailable, Message: "no source could answer in time", RetryAfter: time.Second}
	}
	if err != nil {
		return Result{}, fmt.Errorf("settle the lookup: %w", err)
	}
	if record.Status == models.Pending {
		receipt.Entry = a.entry
	}
	memory.store(ctx, finding.Outcome, record)
	return Result{Body: body, Receipt: &receipt}, verdict.failure()
}

// rowWithin bounds reading or writing what stands beside a lookup while somebody waits for its answer.
const rowWithin = 5 * time.Second

// onward lets what has been begun go on although its caller has left: what was paid for is not thrown away. Everything
// ends well before two leases have passed, unless the database is silent; then this does.
func (s *Service) onward(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 2*s.Lease)
}

func (s *Service) source(sandbox bool) Source {
	if sandbox {
		return s.Sandbox
	}
	return s.Live
}

// refuse stores the evidence that a lookup was asked for without consent, and gives the refusal.
func (s *Service) refuse(ctx context.Context, q Query) error {
	event := models.ConsentEvent{
		BusinessID: q.BusinessID, ID: s.World.NewID(), Kind: models.ConsentRefused, KeyID: q.KeyID,
		NumberIndex: s.numberIndex(q.Phone, q.Sandbox), BodyHash: s.Vault.Hash("body", q.Body),
		Reason: q.Consent.Refusal, CreatedAt: q.At,
	}
	if err := s.DB.WithContext(ctx).Create(&event).Error; err != nil {
		return models.Fault(fmt.Errorf("store the refused consent: %w", err))
	}
	return &models.Error{Code: models.ConsentMissing, Message: q.Consent.Refusal}
}

// numberIndex is the blind index of a number. The sandbox has its own, so that what is tried there, a withdrawal say,
// changes nothing for live keys.
func (s *Service) numberIndex(p models.Phone, sandbox bool) []byte {
	return s.Vault.Index(environment(sandbox)+"number", p.Digits())
}
