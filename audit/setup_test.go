package audit_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"whoseline/models"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// world is one in which time stands still.
func world() models.World { return models.World{Now: func() time.Time { return start }} }

// vault makes hashes under a key that everybody knows.
type vault struct{}

func (vault) Hash(scope string, data []byte) []byte {
	state := hmac.New(sha256.New, []byte("key"))
	state.Write(append(append([]byte(scope), 0), data...))
	return state.Sum(nil)
}
