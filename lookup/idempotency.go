package lookup

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/billing"
	"whoseline/models"
)

// kept is the row of an idempotency key.
type kept struct {
	BusinessID string
	Key        string
	LookupID   string
	BodyHash   []byte
	Response   []byte
	Charge     int64
	Balance    int64
	Entry      int64
	ExpiresAt  time.Time
}

// TableName is the table of idempotency keys.
func (kept) TableName() string { return "idempotency_keys" }

// claim is what a query reserves so that its answer can be repeated, nil when it is to be answered anew each time. Keys
// of the two environments, and those that stand for a body, can never meet. They are stored as keyed hashes: callers
// put numbers into them.
func (s *Service) claim(q Query) *billing.Reservation {
	if q.IdempotencyKey == "" && q.Window == 0 {
		return nil
	}
	hash := s.Vault.Hash("body", q.Body)
	if q.IdempotencyKey == "" {
		name := environment(q.Sandbox) + "body/" + q.Scope + "/" + hex.EncodeToString(hash)
		return &billing.Reservation{Key: name, BodyHash: hash, ExpiresAt: q.At.Add(q.Window)}
	}
	name := environment(q.Sandbox) + "key/" + q.Scope + "/" + hex.EncodeToString(s.Vault.Hash("key", []byte(q.IdempotencyKey)))
	return &billing.Reservation{Key: name, BodyHash: hash, ExpiresAt: q.At.Add(s.KeyLife)}
}

func environment(sandbox bool) string {
	if sandbox {
		return "test/"
	}
	return "live/"
}

// keep is what a repeat of the request will be answered with; no body frees the key.
func (a asking) keep(body []byte) *billing.Kept {
	switch {
	case a.claim == nil:
		return nil
	case body == nil:
		return &billing.Kept{Key: a.claim.Key}
	default:
		entry := int64(0)
		if a.record.Status == models.Pending {
			entry = a.entry
		}
		return &billing.Kept{Key: a.claim.Key, Entry: entry, Response: a.seal.Seal(nil, nil, body, a.record.aad("response"))}
	}
}

// replay answers a query that repeats an earlier one. An empty result means that it does not.
func (s *Service) replay(ctx context.Context, q Query, claim *billing.Reservation) (Result, error) {
	var k kept
	err := s.Read.WithContext(ctx).Where("business_id = ? AND key = ? AND expires_at > ?", q.BusinessID, claim.Key, s.World.Now()).Take(&k).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return Result{}, nil
	case err != nil:
		return Result{}, models.Fault(fmt.Errorf("look for the idempotency key: %w", err))
	case subtle.ConstantTimeCompare(k.BodyHash, claim.BodyHash) != 1:
		return Result{}, models.Fail(models.IdempotencyMismatch, "the idempotency key was used with another body")
	}
	var l models.Lookup
	if err := s.Read.WithContext(ctx).Where("business_id = ? AND id = ?", q.BusinessID, k.LookupID).Take(&l).Error; err != nil {
		return Result{}, models.Fault(fmt.Errorf("read the lookup of the idempotency key: %w", err))
	}
	if k.Response == nil {
		return Result{}, s.unanswered(ctx, k, l)
	}
	return s.reopen(k, l)
}

// unanswered tells what a key without an answer means: its lookup is under way, or died and left the key behind, which
// is then free again.
func (s *Service) unanswered(ctx context.Context, k kept, l models.Lookup) error {
	if !l.Status.Settled() {
		return &models.Error{Code: models.InProgress, Message: "the first request with this key is still in progress", RetryAfter: time.Second}
	}
	err := s.DB.WithContext(ctx).Where("business_id = ? AND key = ? AND lookup_id = ? AND response IS NULL", k.BusinessID, k.Key, k.LookupID).
		Delete(&kept{}).Error
	if err != nil {
		return models.Fault(fmt.Errorf("free the idempotency key: %w", err))
	}
	return nil
}

// reopen gives the answer that was kept. It is gone for good when the person was erased: asking anew under the same key
// would be charged a second time.
func (s *Service) reopen(k kept, l models.Lookup) (Result, error) {
	if l.Erased() {
		return Result{}, models.Fail(models.NotFound, "the answer to the first request with this key was erased")
	}
	key, err := s.Vault.OpenKey(l.DataKey, l.BusinessID+"/"+l.ID)
	if err != nil {
		return Result{}, models.Fault(fmt.Errorf("open the key of a kept answer: %w", err))
	}
	body, err := key.Open(nil, nil, k.Response, (&Record{Lookup: l}).aad("response"))
	if err != nil {
		return Result{}, models.Fault(fmt.Errorf("unseal a kept answer: %w", err))
	}
	return Result{Replayed: true, Body: body, Receipt: &billing.Receipt{Charged: k.Charge, Balance: k.Balance, Entry: k.Entry}}, nil
}
