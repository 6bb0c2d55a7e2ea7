package storage_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var masterKey, otherMaster = bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{9}, 32)

// clock is a time that a test moves by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newClock() *clock { return &clock{at: noon.UTC()} }

func openKeyring(t testing.TB, db *storage.DB, now func() time.Time, masters ...[]byte) *storage.Keyring {
	t.Helper()
	if len(masters) == 0 {
		masters = [][]byte{masterKey}
	}
	keyring, err := storage.OpenKeyring(t.Context(), db.Gorm, masters[0], masters[1:], now)
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}

// sealRecord gives a record's wrapped key and something sealed under it.
func sealRecord(t testing.TB, k *storage.Keyring, aad string) (wrapped, sealed []byte) {
	t.Helper()
	aead, wrapped, err := k.NewKey(aad)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped, aead.Seal(nil, nil, []byte("Ngozi"), nil)
}

func opens(k *storage.Keyring, aad string, wrapped, sealed []byte) error {
	aead, err := k.OpenKey(wrapped, aad)
	if err != nil {
		return err
	}
	_, err = aead.Open(nil, nil, sealed, nil)
	return err
}

func TestWhatIsSealedOpensInAnotherProcess(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		here, there := openKeyring(t, db, newClock().now), openKeyring(t, db, newClock().now)
		wrapped, sealed := sealRecord(t, here, "b/1")
		if err := opens(there, "b/1", wrapped, sealed); err != nil {
			t.Error(err)
		}
		small := here.Seal("n", []byte("Ada"))
		if plain, err := there.Open("n", small); err != nil || string(plain) != "Ada" {
			t.Errorf("%q, %v", plain, err)
		}
		if !bytes.Equal(here.Index("number", "+234"), there.Index("number", "+234")) {
			t.Error("the index differs between processes")
		}
	})
}

func TestNothingOpensElsewhereOrAltered(t *testing.T) {
	t.Parallel()
	k := openKeyring(t, storagetest.Open(t, storage.SQLite), newClock().now)
	wrapped, sealed := sealRecord(t, k, "b/1")
	small := k.Seal("n", []byte("Ada"))
	if err := opens(k, "b/2", wrapped, sealed); err == nil {
		t.Error("a key opened for another record")
	}
	if _, err := k.Open("m", small); err == nil || strings.Contains(err.Error(), "Ada") {
		t.Errorf("opened elsewhere: %v", err)
	}
	if _, err := k.OpenKey(small, "n"); err == nil {
		t.Error("something sealed directly opened as a key")
	}
	for i := range small {
		changed := bytes.Clone(small)
		changed[i] ^= 1
		if _, err := k.Open("n", changed); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
		if _, err := k.Open("n", small[:i]); err == nil {
			t.Errorf("opened when cut to %d bytes", i)
		}
	}
}

func TestTheIndexTellsScopesAndTextsApart(t *testing.T) {
	t.Parallel()
	k := openKeyring(t, storagetest.Open(t, storage.SQLite), newClock().now)
	seen := map[string]string{}
	for _, pair := range [][2]string{{"number", "+1"}, {"number", "+2"}, {"numbe", "r+1"}, {"tag", "+1"}, {"", ""}} {
		index, name := k.Index(pair[0], pair[1]), pair[0]+"|"+pair[1]
		if len(index) != 16 || seen[string(index)] != "" {
			t.Errorf("%s: %d bytes, like %q", name, len(index), seen[string(index)])
		}
		seen[string(index)] = name
		hash := k.Hash(pair[0], []byte(pair[1]))
		if len(hash) != 32 || bytes.HasPrefix(hash, index) || !bytes.Equal(hash, k.Hash(pair[0], []byte(pair[1]))) {
			t.Errorf("%s: hash %x", name, hash)
		}
	}
}

func TestProcessesThatStartAtOnceAgreeOnTheirKeys(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		var all sync.WaitGroup
		keyrings := make([]*storage.Keyring, 6)
		for i := range keyrings {
			all.Go(func() {
				var err error
				keyrings[i], err = storage.OpenKeyring(t.Context(), db.Gorm, masterKey, nil, newClock().now)
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if t.Failed() {
			return
		}
		for _, k := range keyrings {
			wrapped, sealed := sealRecord(t, k, "b/1")
			if err := opens(keyrings[0], "b/1", wrapped, sealed); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAForeignMasterKeyIsRefusedByName(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		openKeyring(t, db, newClock().now)
		for _, master := range [][]byte{otherMaster, []byte("short"), nil} {
			_, err := storage.OpenKeyring(t.Context(), db.Gorm, master, nil, newClock().now)
			if models.CodeOf(err) != models.Invalid || !strings.Contains(describe(err), "security.master_key") {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestSealingFromManyGoroutinesIsSafe(t *testing.T) {
	t.Parallel()
	db, time := storagetest.Open(t, storage.SQLite), newClock()
	k := openKeyring(t, db, time.now)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				time.pass(2_000_000_000)
				wrapped, sealed := sealRecord(t, k, "b/1")
				if err := opens(k, "b/1", wrapped, sealed); err != nil {
					t.Error(err)
				}
				if !bytes.Equal(k.Index("a", "b"), k.Index("a", "b")) {
					t.Error("the index wavers")
				}
			}
		})
	}
	all.Wait()
}

func FuzzOpen(f *testing.F) {
	k := openKeyring(f, storagetest.Open(f, storage.SQLite), newClock().now)
	wrapped, _ := sealRecord(f, k, "a")
	own := k.Seal("a", []byte("x"))
	f.Add(wrapped)
	f.Add(own)
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := k.Open("a", data); err == nil && !bytes.Equal(data, own) {
			t.Errorf("opened %x", data)
		}
		if _, err := k.OpenKey(data, "a"); err == nil && !bytes.Equal(data, wrapped) {
			t.Errorf("opened %x as a key", data)
		}
	})
}

// describe is what an operator is told.
func describe(err error) string {
	if told, ok := err.(*models.Error); ok {
		return told.Field + " " + told.Message
	}
	return ""
}
