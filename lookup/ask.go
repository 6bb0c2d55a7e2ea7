package lookup

import (
	"context"
	"crypto/cipher"
	"time"

	"whoseline/billing"
	"whoseline/models"
)

// caller is who waits for a lookup whose price is held. The lookup goes on whatever happens to the caller: the price is
// held, and a source may have been paid already.
type caller struct {
	Query
	patience    context.Context // ends when the caller is told that the outcome is not known yet
	reservation *billing.Reservation
	record      *Record
	seal        cipher.AEAD
	entry       int64 // of the hold
}

// askSources asks the sources for the first time and settles the result. The deadlines of the sources bound it.
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

// settle writes the result of a caller's question. Without an answer the lookup waits, if the business can be told
// later or if a source owes an answer, which will be paid for and can be read. Otherwise the lookup fails.
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

// overtaken is what a caller is told when the lookup took so long that the sweeper has ended it.
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

// keep is the answer to a repetition of the request. Without a body the key is free again.
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
