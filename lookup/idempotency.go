package lookup

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"time"

	"whoseline/billing"
	"whoseline/models"
)

// reservation is the key under which a query's answer can be repeated. Nil: each request is a new one. Keys of live and
// sandbox, and keys made from a body, never meet. They are stored as keyed hashes, because callers put numbers into
// them.
func (s *Service) reservation(q Query) *billing.Reservation {
	if q.IdempotencyKey == "" && q.Window == 0 {
		return nil
	}
	hash := s.vault.Hash("body", q.Body)
	if q.IdempotencyKey == "" {
		name := environment(q.Sandbox) + "body/" + q.Scope + "/" + hex.EncodeToString(hash)
		return &billing.Reservation{Key: name, BodyHash: hash, ExpiresAt: q.At.Add(q.Window)}
	}
	name := environment(q.Sandbox) + "key/" + q.Scope + "/" + hex.EncodeToString(s.vault.Hash("key", []byte(q.IdempotencyKey)))
	return &billing.Reservation{Key: name, BodyHash: hash, ExpiresAt: q.At.Add(cmp.Or(q.KeyLife, s.keyLife))}
}

func environment(sandbox bool) string {
	if sandbox {
		return "test/"
	}
	return "live/"
}

// replay answers a query that repeats an earlier one. An empty result means that it does not.
func (s *Service) replay(ctx context.Context, q Query, r *billing.Reservation) (Result, error) {
	k, err := s.keptUnder(ctx, q.BusinessID, r.Key)
	switch {
	case err != nil || k == nil:
		return Result{}, err
	case subtle.ConstantTimeCompare(k.BodyHash, r.BodyHash) != 1:
		return Result{}, models.Fail(models.IdempotencyMismatch, "the idempotency key was used with another body")
	}
	l, err := s.keptLookup(ctx, k)
	if err != nil {
		return Result{}, err
	}
	if k.Response == nil {
		return Result{}, s.unanswered(ctx, k, l)
	}
	if k, l, err = s.keptForGood(ctx, k); err != nil {
		return Result{}, err
	}
	return s.reopen(k, l)
}

// unanswered tells what a key without an answer means. Either its lookup is under way, or the lookup failed and the key
// is free again.
func (s *Service) unanswered(ctx context.Context, k *kept, l models.Lookup) error {
	if !l.Status.Settled() {
		return &models.Error{Code: models.InProgress, Message: "the first request with this key is still in progress", RetryAfter: time.Second}
	}
	return s.freeKey(ctx, k)
}

// reopen gives the answer that was kept. If the person was erased, the answer is gone: a new lookup under the same key
// would be charged a second time.
func (s *Service) reopen(k *kept, l models.Lookup) (Result, error) {
	if l.Erased() {
		return Result{}, models.Fail(models.NotFound, "the answer to the first request with this key was erased")
	}
	key, err := s.vault.OpenKey(l.DataKey, l.BusinessID+"/"+l.ID)
	if err != nil {
		return Result{}, models.Fault(fmt.Errorf("open the key of a kept answer: %w", err))
	}
	body, err := key.Open(nil, nil, k.Response, (&Record{Lookup: l}).aad("response"))
	if err != nil {
		return Result{}, models.Fault(fmt.Errorf("unseal a kept answer: %w", err))
	}
	return Result{Replayed: true, Body: body, Receipt: &billing.Receipt{Charged: k.Charge, Balance: k.Balance, Entry: k.Entry}}, nil
}
