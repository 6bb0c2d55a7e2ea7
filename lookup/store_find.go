package lookup

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// requestWithin is how long a lookup may begin after its request has got an id.
const requestWithin = 15 * time.Second

// maxRequests is how many lookups are looked through for the id of a request.
const maxRequests = 2000

// ByRequest gives the id of a business's lookup by the id of the request that asked for it, "" when there is none. An id tells its
// time, and lookups that began about then are looked through: a few thousand at most.
func (s *Service) ByRequest(ctx context.Context, businessID, requestID string, at time.Time) (id string, err error) {
	var rows []models.Lookup
	err = s.readOf(ctx, businessID).Select("business_id", "id", "data_key", "request").
		Where("business_id = ? AND id >= ? AND id < ?", businessID, models.IDAt(at.Add(-time.Second)), models.IDAt(at.Add(requestWithin))).
		Where(readable).Order("id").Limit(maxRequests).Find(&rows).Error
	if err != nil {
		return "", faultUnless(err, "look for a request")
	}
	for _, row := range rows {
		r, err := s.unseal(row)
		if err != nil {
			return "", models.Fault(err)
		}
		if r.Asked.RequestID == requestID {
			return r.ID, nil
		}
	}
	return "", nil
}

// ByIdempotencyKey gives the id of a business's lookup that was asked for under a key of its own, "" when there is none or the key
// is forgotten by now.
func (s *Service) ByIdempotencyKey(ctx context.Context, businessID, key string) (id string, err error) {
	hash := hex.EncodeToString(s.vault.Hash("key", []byte(key)))
	var found kept
	names := []string{environment(false) + "key/" + PhoneScope + "/" + hash, environment(true) + "key/" + PhoneScope + "/" + hash}
	err = s.readOf(ctx, businessID).Select("lookup_id").Where("business_id = ? AND key IN ?", businessID, names).Take(&found).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return found.LookupID, faultUnless(err, "look for an idempotency key")
}

// MemberNames gives the names of metadata members that a business's latest lookups have, each once.
func (s *Service) MemberNames(ctx context.Context, businessID string, sandbox bool) (names []string, err error) {
	latest, _, err := s.List(ctx, Search{BusinessID: businessID, Sandbox: sandbox, Limit: latestForNames})
	if err != nil {
		return nil, err
	}
	for _, r := range latest {
		names = addNames(names, r.Asked.Metadata)
	}
	return names, nil
}
