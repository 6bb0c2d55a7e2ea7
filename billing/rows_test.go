package billing

import (
	"fmt"
	"time"

	"whoseline/models"
)

// key reserves an idempotency key for an hour.
func (s *shop) key(name string) *Reservation {
	return &Reservation{Key: name, BodyHash: []byte("body"), ExpiresAt: s.clock.now().Add(time.Hour)}
}

// keyRow is an idempotency key as it is stored.
type keyRow struct {
	BusinessID, Key, LookupID string
	BodyHash, Response        []byte
	Charge, Balance, Entry    int64
	ExpiresAt                 time.Time
}

// books are all that a business may change.
type books struct {
	Wallets     []models.Wallet
	Transfers   []models.Transfer
	Lookups     []models.Lookup
	Charges     []models.MessageCharge
	Keys        []keyRow
	Withdrawals []string
}

// everything reads all rows of all businesses.
func (s *shop) everything() books { return s.read("business_id <> ?", "") }

// of reads all rows of one business.
func (s *shop) of(business string) books { return s.read("business_id = ?", business) }

func (s *shop) read(condition, arg string) (r books) {
	s.t.Helper()
	var withdrawn []struct {
		BusinessID  string
		NumberIndex []byte
	}
	for _, q := range []struct {
		table, order string
		into         any
	}{
		{"wallets", "business_id", &r.Wallets},
		{"transfers", "business_id, seq", &r.Transfers},
		{"lookups", "business_id, id", &r.Lookups},
		{"charges", "business_id, id", &r.Charges},
		{"idempotency_keys", "business_id, key", &r.Keys},
		{"consent_withdrawals", "business_id, number_index", &withdrawn},
	} {
		if err := s.db.Gorm.Table(q.table).Where(condition, arg).Order(q.order).Find(q.into).Error; err != nil {
			s.t.Fatal(err)
		}
	}
	for _, w := range withdrawn {
		r.Withdrawals = append(r.Withdrawals, fmt.Sprintf("%s %x", w.BusinessID, w.NumberIndex))
	}
	return r
}
