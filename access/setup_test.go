package access_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/storage"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// script is a clock that the test moves and ids that count.
type script struct {
	mu  sync.Mutex
	at  time.Time
	ids atomic.Uint64
}

func (s *script) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *script) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func (s *script) id() string {
	var id [12]byte
	binary.BigEndian.PutUint64(id[4:], s.ids.Add(1))
	return hex.EncodeToString(id[:])
}

func (s *script) world() models.World { return models.World{Now: s.now, NewID: s.id} }

// house is one process over a database.
type house struct {
	*access.Keys
	tenants  *access.Businesses
	partners *access.Partners
	issuers  *access.Issuers
	subjects *access.Subjects
	script   *script
	db       *storage.DB
}

func newHouse(db *storage.DB) house { return newNeighbour(db, &script{at: start}) }

// newNeighbour is a further process, on the same clock.
func newNeighbour(db *storage.DB, s *script) house {
	keys := access.NewKeys(access.Options{
		DB: db.Gorm, Read: db.Read, World: s.world(), DefaultRate: 7,
		Price: billing.PriceDefaults{Found: 5000, NotFound: billing.Same, Advanced: billing.Same, AdvancedNotFound: billing.Same},
		Log:   slog.New(slog.DiscardHandler),
		Begin: func(tx *gorm.DB, id string) error {
			return tx.Create(&models.Wallet{BusinessID: id, Currency: models.Naira, Head: []byte("start of " + id)}).Error
		},
	})
	return house{
		Keys: keys, tenants: access.NewBusinesses(keys), partners: access.NewPartners(keys),
		issuers: access.NewIssuers(keys, vault{}, safe), subjects: access.NewSubjects(keys, vault{}, published{}), script: s, db: db,
	}
}

// vault makes hashes under a key that everybody knows, and seals in a way that shows whether the aad is right.
type vault struct{}

func (vault) Seal(aad string, plain []byte) []byte { return append([]byte(aad+"\x00"), plain...) }

func (vault) Open(aad string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(aad+"\x00"))
	if !ok {
		return nil, errors.New("sealed for something else")
	}
	return plain, nil
}

func (vault) Hash(scope string, data []byte) []byte {
	state := hmac.New(sha256.New, []byte("key"))
	state.Write(append(append([]byte(scope), 0), data...))
	return state.Sum(nil)
}

// business makes a tenant with a chosen id.
func (h house) business(t *testing.T, id string) {
	t.Helper()
	if _, err := h.tenants.Create(t.Context(), access.NewBusiness{ID: id, Name: "Business " + id}); err != nil {
		t.Fatal(err)
	}
}

// key makes a live key.
func (h house) key(t *testing.T, businessID string) (models.Key, string) {
	t.Helper()
	key, token, err := h.Create(t.Context(), access.NewKey{BusinessID: businessID, Name: "till"})
	if err != nil {
		t.Fatal(err)
	}
	return key, token
}

// refresh polls, as Watch does each second.
func (h house) refresh(t *testing.T) {
	t.Helper()
	if err := h.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// code is what a caller with the token meets: "" when the door opens.
func (h house) code(ctx context.Context, token string) models.Code {
	_, err := h.Business(ctx, token)
	return models.CodeOf(err)
}

func wantCode(t *testing.T, what string, err error, want models.Code) {
	t.Helper()
	if got := models.CodeOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}
