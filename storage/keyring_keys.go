package storage

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// What the keys in the table are for.
const (
	purposeWrap   = "wrap"   // wraps the keys of records
	purposeDirect = "direct" // seals what is outside a record
	purposeIndex  = "index"  // the key of the blind index; there is one
)

// sealingKey is a row of sealing_keys.
type sealingKey struct {
	ID        string `gorm:"primaryKey"` // eight hex digits, or "index"
	Purpose   string
	MasterID  string
	Wrapped   []byte
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
}

func (sealingKey) TableName() string { return "sealing_keys" }

func (s sealingKey) aad() []byte { return []byte(s.Purpose + "/" + s.ID) }

// firstKeys are the ids of the first keys: fixed, so that processes that start at once agree on them.
var firstKeys = map[string]string{purposeWrap: "00000001", purposeDirect: "00000002", purposeIndex: "index"}

// master is a master key, as far as it is needed: one AEAD per purpose.
type master struct {
	id    string
	aeads map[string]cipher.AEAD
}

func newMaster(key []byte) (master, error) {
	if len(key) != 32 {
		return master{}, models.BadField("security.master_key", "must be 32 bytes")
	}
	sum := sha256.Sum256(key)
	made := master{id: hex.EncodeToString(sum[:4]), aeads: map[string]cipher.AEAD{}}
	for purpose := range firstKeys {
		derived, err := hkdf.Key(sha256.New, key, nil, "whoseline sealing keys: "+purpose, 32)
		if err != nil {
			return master{}, err
		}
		if made.aeads[purpose], err = newAEAD(derived); err != nil {
			return master{}, err
		}
	}
	return made, nil
}

// wrap puts a key into a row.
func (m master) wrap(row sealingKey, key []byte) sealingKey {
	row.MasterID = m.id
	row.Wrapped = m.aeads[row.Purpose].Seal(nil, nil, key, row.aad())
	return row
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

type keyID [4]byte

// ring is all keys, opened. It is never changed once made.
type ring struct {
	loaded       time.Time
	wrap, direct shelf
	chains       chainShelf
}

// shelf is the keys of one purpose.
type shelf struct {
	newest keyID
	keys   map[keyID]cipher.AEAD
}

func newRing(at time.Time) *ring {
	return &ring{loaded: at, wrap: shelf{keys: map[keyID]cipher.AEAD{}}, direct: shelf{keys: map[keyID]cipher.AEAD{}}}
}

func (r *ring) shelf(purpose string) *shelf {
	if purpose == purposeDirect {
		return &r.direct
	}
	return &r.wrap
}

func (s *shelf) seal(aad string, plain []byte) []byte {
	aead := s.keys[s.newest]
	sealed := make([]byte, len(s.newest), len(s.newest)+len(plain)+aead.Overhead())
	copy(sealed, s.newest[:])
	return aead.Seal(sealed, nil, plain, []byte(aad))
}

func (k *Keyring) createMissing(ctx context.Context) error {
	var rows []sealingKey
	if err := k.read.WithContext(ctx).Find(&rows).Error; err != nil {
		return err
	}
	there := map[string]bool{}
	for _, row := range rows {
		there[row.Purpose] = true
	}
	for purpose, id := range firstKeys {
		if there[purpose] {
			continue
		}
		row := k.masters[0].wrap(sealingKey{ID: id, Purpose: purpose, CreatedAt: k.now()}, randomKey())
		err := k.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func randomKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand stops the program instead
	return key
}

// load opens all keys of the table. Keys that are open already stay as they are: another process may have put them
// under a master key that this one does not know.
func (k *Keyring) load(ctx context.Context) error {
	made, old := newRing(k.now()), k.ring.Load()
	rows, err := sortedKeys(k.read.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("read the sealing keys: %w", err)
	}
	for _, row := range rows {
		if row.Purpose == purposeIndex {
			err = k.openIndex(row, old == nil)
		} else {
			err = k.put(made, old, row)
		}
		if err != nil {
			return err
		}
	}
	if len(made.wrap.keys) == 0 || len(made.direct.keys) == 0 || k.indexes.pool == nil {
		return errors.New("the table of sealing keys is not complete")
	}
	if err := k.loadChainKeys(ctx, made); err != nil {
		return err
	}
	k.ring.Store(made)
	return nil
}

func (k *Keyring) put(made, old *ring, row sealingKey) error {
	id, err := parseKeyID(row.ID)
	if err != nil {
		return err
	}
	into := made.shelf(row.Purpose)
	into.newest = id
	if old != nil && old.shelf(row.Purpose).keys[id] != nil {
		into.keys[id] = old.shelf(row.Purpose).keys[id]
		return nil
	}
	key, err := k.unwrap(row)
	if err != nil {
		return err
	}
	into.keys[id], err = newAEAD(key)
	return err
}

func (k *Keyring) openIndex(row sealingKey, first bool) error {
	if !first {
		return nil // it never changes
	}
	key, err := k.unwrap(row)
	if err != nil {
		return err
	}
	k.indexes, k.hashes = newMACs(key, "index"), newMACs(key, "hash")
	return nil
}

func (k *Keyring) unwrap(row sealingKey) ([]byte, error) {
	for _, master := range k.masters {
		if aead := master.aeads[row.Purpose]; master.id == row.MasterID && aead != nil {
			if key, err := aead.Open(nil, nil, row.Wrapped, row.aad()); err == nil {
				return key, nil
			}
		}
	}
	return nil, models.BadField("security.master_key", fmt.Sprintf(
		"does not open this database's sealing key %s, nor does any previous master key: it was sealed under the master key %s",
		row.ID, row.MasterID))
}

// sortedKeys reads the keys, the newest of each purpose last.
func sortedKeys(db *gorm.DB) (rows []sealingKey, err error) {
	return rows, db.Order("created_at, id").Find(&rows).Error
}

func parseKeyID(text string) (id keyID, err error) {
	if n, err := hex.Decode(id[:], []byte(text)[:min(len(text), 8)]); err != nil || n != len(id) || len(text) != 8 {
		return id, fmt.Errorf("the sealing key %q has a bad id", text)
	}
	return id, nil
}
