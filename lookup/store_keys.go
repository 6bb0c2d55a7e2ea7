package lookup

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

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

// keptUnder reads an idempotency key that is still kept. Nil: it is free.
func (s *Service) keptUnder(ctx context.Context, businessID, key string) (*kept, error) {
	k := &kept{}
	err := s.readOf(ctx, businessID).Where("business_id = ? AND key = ? AND expires_at > ?", businessID, key, s.world.Now()).Take(k).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return k, faultUnless(err, "look for the idempotency key")
}

// keptLookup reads the lookup that a key was used for.
func (s *Service) keptLookup(ctx context.Context, k *kept) (l models.Lookup, err error) {
	err = s.readOf(ctx, k.BusinessID).Select(asRead).Where("business_id = ? AND id = ?", k.BusinessID, k.LookupID).Take(&l).Error
	return l, faultUnless(err, "read the lookup of the idempotency key")
}

// keptForGood reads again what a repeat is about to be answered with, in a transaction: what that has seen is as durable as a
// commit. The first answer may have been given up because its commit did not come back.
func (s *Service) keptForGood(ctx context.Context, seen *kept) (k *kept, l models.Lookup, err error) {
	k = &kept{}
	err = s.of(ctx, seen.BusinessID).Transaction(func(tx *gorm.DB) error {
		if err := tx.Where("business_id = ? AND key = ?", seen.BusinessID, seen.Key).Take(k).Error; err != nil {
			return err
		}
		return tx.Select(asRead).Where("business_id = ? AND id = ?", k.BusinessID, k.LookupID).Take(&l).Error
	})
	return k, l, faultUnless(err, "read the answer to be repeated")
}

// freeKey lets a key be used again that has no answer.
func (s *Service) freeKey(ctx context.Context, k *kept) error {
	err := s.of(ctx, k.BusinessID).
		Where("business_id = ? AND key = ? AND lookup_id = ? AND response IS NULL", k.BusinessID, k.Key, k.LookupID).Delete(&kept{}).Error
	return faultUnless(err, "free the idempotency key")
}
