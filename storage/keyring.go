package storage

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Keyring seals what is personal. The master key, which only the configuration has, seals the keys in the table
// sealing_keys. Those seal each record's own key, and small things outside a record. A record's key seals the record.
// Each sealed value begins with the four bytes of its key's id, so that keys can be rotated. The key of the blind index
// is never rotated.
type Keyring struct {
	db, read *gorm.DB
	now      func() time.Time
	ring     atomic.Pointer[ring]
	indexes  macs
	hashes   macs

	turn    chan struct{} // full while somebody reloads or changes the keys; guards what follows
	masters []master      // the current one first
	chained bool          // this opening made the first key of the chains
	tried   time.Time     // when the table was last read, well or not
}

// A key that has been replaced may be deleted, so a process must look for a newer one from time to time. The time
// between stale and retirement is what a record may take from its sealing to its commit.
const (
	refreshAfter = time.Minute
	staleAfter   = 5 * time.Minute
	retireAfter  = 10 * time.Minute
	reloadEvery  = 250 * time.Millisecond
	reloadWithin = 2 * time.Second
)

// errSealed says no more than this: the data may be anybody's.
var errSealed = errors.New("the sealed data was altered, or belongs elsewhere, or its key is gone")

// OpenKeyring reads the keys and makes those that are missing. Several processes may do so at once. previous are older
// master keys that may still be in use. db is a database, not a transaction.
func OpenKeyring(
	ctx context.Context, db *gorm.DB, masterKey []byte, previous [][]byte, now func() time.Time,
) (*Keyring, error) {
	k := &Keyring{db: db, read: readerOf(db), now: now, turn: make(chan struct{}, 1)}
	for _, key := range append([][]byte{masterKey}, previous...) {
		made, err := newMaster(key)
		if err != nil {
			return nil, err
		}
		k.masters = append(k.masters, made)
	}
	if err := k.createMissing(ctx); err != nil {
		return nil, fmt.Errorf("make the first keys: %w", err)
	}
	if err := k.load(ctx); err != nil {
		return nil, err
	}
	if err := k.createFirstChainKey(ctx); err != nil {
		return nil, fmt.Errorf("make the first key of the chains: %w", err)
	}
	return k, k.load(ctx)
}

// NewKey makes a key for one record: an AEAD that puts a random nonce before what it seals, and the key itself, wrapped
// for storage. It opens again only with the same aad.
func (k *Keyring) NewKey(aad string) (cipher.AEAD, []byte, error) {
	ring, err := k.current()
	if err != nil {
		return nil, nil, models.Fault(fmt.Errorf("refresh the sealing keys: %w", err))
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand stops the program instead
	aead, err := newAEAD(key[:])
	if err != nil {
		return nil, nil, models.Fault(err)
	}
	return aead, ring.wrap.seal(aad, key[:]), nil
}

// OpenKey unwraps a record's key.
func (k *Keyring) OpenKey(wrapped []byte, aad string) (cipher.AEAD, error) {
	key, err := k.open(wrapped, aad, purposeWrap)
	if err != nil {
		return nil, models.Fault(fmt.Errorf("open a record's key: %w", err))
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, models.Fault(fmt.Errorf("open a record's key: %w", err))
	}
	return aead, nil
}

// Seal seals something small that is not part of a record. It opens again only with the same aad.
func (k *Keyring) Seal(aad string, plain []byte) []byte {
	ring, err := k.current()
	if err != nil { // the keys cannot be read, so nothing can be written either; these were valid until now
		ring = k.ring.Load()
	}
	return ring.direct.seal(aad, plain)
}

// Open opens what Seal sealed.
func (k *Keyring) Open(aad string, sealed []byte) ([]byte, error) {
	plain, err := k.open(sealed, aad, purposeDirect)
	if err != nil {
		return nil, models.Fault(fmt.Errorf("open: %w", err))
	}
	return plain, nil
}

// Index gives 16 bytes by which a text can be found without being stored. They are the same for the same scope and
// text.
func (k *Keyring) Index(scope, text string) []byte {
	return k.indexes.sum(scope, text, make([]byte, 16))
}

// Hash gives 32 bytes that stand for data, such as a request's body. Nobody can guess them without the key.
func (k *Keyring) Hash(scope string, data []byte) []byte {
	return k.hashes.sumBytes(scope, data, make([]byte, 32))
}

// RecordAAD is what the key of a lookup is bound to.
func RecordAAD(businessID, lookupID string) string { return businessID + "/" + lookupID }

// DirectoryAAD is what a directory owner is bound to.
func DirectoryAAD(numberIndex []byte) string { return hex.EncodeToString(numberIndex) }

func (k *Keyring) open(sealed []byte, aad, purpose string) ([]byte, error) {
	if len(sealed) < len(keyID{}) {
		return nil, errSealed
	}
	id := keyID(sealed)
	ring := k.having(func(r *ring) bool { return r.shelf(purpose).keys[id] != nil })
	return ring.shelf(purpose).open(sealed, aad)
}

// current gives the keys to seal with. It looks for newer ones from time to time.
func (k *Keyring) current() (*ring, error) {
	at := k.now()
	ring := k.ring.Load()
	switch age := at.Sub(ring.loaded); {
	case age < refreshAfter:
		return ring, nil
	case age < staleAfter:
		select {
		case k.turn <- struct{}{}:
			_ = k.reload() // tried again soon
			k.yield()
		default: // others use what there is meanwhile
		}
		return k.ring.Load(), nil
	}
	if err := k.await(); err != nil {
		return ring, err
	}
	defer k.yield()
	if at.Sub(k.ring.Load().loaded) < staleAfter {
		return k.ring.Load(), nil
	}
	k.tried = time.Time{}
	err := k.reload()
	return k.ring.Load(), err
}

// having gives the keys. If one is missing, it looks for them again: another process may have made it.
func (k *Keyring) having(it func(*ring) bool) *ring {
	if ring := k.ring.Load(); it(ring) {
		return ring
	}
	if k.await() != nil {
		return k.ring.Load()
	}
	defer k.yield()
	if !it(k.ring.Load()) {
		_ = k.reload() // if the key is missing, the caller fails and says so
	}
	return k.ring.Load()
}

// take waits for the turn, and yield ends it. Whoever has it may wait for the database, so nobody waits for it longer
// than its context says.
func (k *Keyring) take(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Keyring) yield() { <-k.turn }

// await is take for whoever needs the keys of a request.
func (k *Keyring) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), reloadWithin)
	defer cancel()
	return k.take(ctx)
}

// reload reads the keys again, unless it did so a moment ago. It is the caller's turn.
func (k *Keyring) reload() error {
	if since := k.now().Sub(k.tried); since >= 0 && since < reloadEvery {
		return nil
	}
	k.tried = k.now()
	ctx, cancel := context.WithTimeout(context.Background(), reloadWithin)
	defer cancel()
	return k.load(ctx)
}
