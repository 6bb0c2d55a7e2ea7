package staff_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/models"
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

func wantCode(t *testing.T, what string, err error, want models.Code) {
	t.Helper()
	if got := models.CodeOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}
