package lookup

import (
	"context"
	"crypto/cipher"
	"time"

	"whoseline/billing"
	"whoseline/models"
)

// caller is who waits for a lookup whose price is held. Whatever happens to the caller, the lookup goes on: the price is
// held, and a source may already be paid for.
type caller struct {
	Query
	reservation *billing.Reservation
	record      *Record
	seal        cipher.AEAD
	entry       int64 // of the hold
}

// askSources puts the question to the sources, for the first time, and settles what came of it. The sources' own deadline
// bounds it.
func (s *Service) askSources(ctx context.Context, c caller) (Result, error) {
	said, memory := s.recall(ctx, c)
	defer memory.leave()
	if said.Outcome == "" {
		said = s.consult(ctx, c.record, c.record.question())
	}
	result, err := s.settle(ctx, c, said)
	if models.CodeOf(err) == models.Conflict {
		return Result{}, s.overtaken(c.record)
	}
	if err == nil {
		memory.store(ctx, said.Outcome, c.record)
	}
	return result, err
}

// settle writes what the sources said to a caller's question. What nobody answered waits where the business can be told
// later, or where a source owes the answer: that will be paid for, and can be read. It fails otherwise.
func (s *Service) settle(ctx context.Context, c caller, said Finding) (Result, error) {
	t := turn{
		Record: c.record, caller: &c, from: stateAsking, event: answer(said.Outcome), said: &said, price: c.Price,
	}
	if said.Together.Recent {
		t.price = Price{Found: c.Price.Recent.Found, NotFound: c.Price.Recent.NotFound}
	}
	if t.event == onNobody {
		t.refusal = &models.Error{Code: models.SourcesUnavailable, Message: "no source could answer", RetryAfter: retryAfter(said)}
		t.waits(0, s.outage.patience(ctx, c.record.Lookup, said), s.world.Now())
	}
	return s.finish(ctx, t)
}

// overtaken is told to a caller whose lookup took so long that the sweeper has ended it.
func (s *Service) overtaken(r *Record) error {
	s.log.Warn("lookup: took so long that its hold was released", "lookup", r.ID)
	r.Status, r.Charged = models.StatusFailed, 0
	s.metrics.ended(r)
	return &models.Error{Code: models.SourcesUnavailable, Message: "no source could answer in time", RetryAfter: time.Second}
}

// retryAfter is the source's own word, else a few seconds: about as long as a breaker stays open.
func retryAfter(f Finding) time.Duration {
	if f.RetryAfter > 0 {
		return f.RetryAfter
	}
	return 10 * time.Second
}

func (s *Service) source(sandbox bool) Source {
	if sandbox {
		return s.sandbox
	}
	return s.live
}

// keep is what a repeat of the request will be answered with; no body frees the key.
func (c *caller) keep(body []byte) *billing.Kept {
	switch {
	case c.reservation == nil:
		return nil
	case body == nil:
		return &billing.Kept{Key: c.reservation.Key}
	default:
		entry := int64(0)
		if c.record.Status == models.StatusPending {
			entry = c.entry
		}
		return &billing.Kept{Key: c.reservation.Key, Entry: entry, Response: c.seal.Seal(nil, nil, body, c.record.aad("response"))}
	}
}
