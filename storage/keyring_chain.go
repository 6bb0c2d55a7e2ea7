package storage

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// The keys of the chains are in a table of their own, sealed under the keys of the keyring. They are rotated with the
// others and never deleted: an old part of a chain can be verified only with its key.

// chainKeyRow is a row of chain_keys.
type chainKeyRow struct {
	Scope     string `gorm:"primaryKey"` // chainScope
	ID        string `gorm:"primaryKey"` // eight hex digits
	Sealed    []byte
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the table of the chains' keys.
func (chainKeyRow) TableName() string { return "chain_keys" }

// chainScope is the scope of all chain keys. One key serves every chain: each chain hashes its own name too.
const chainScope = "chain"

// firstChainKey is the id of the first key: fixed, so that processes that start at once agree on it.
const firstChainKey = "00000001"

func chainAAD(scope, id string) string { return "chain_keys/" + scope + "/" + id }

// chainKey is one opened key.
type chainKey struct {
	id keyID
	macs
}

// ID gives the four bytes that name the key.
func (c chainKey) ID() []byte { return c.id[:] }

// Sum gives the keyed hash of a chain's name and data.
func (c chainKey) Sum(chain string, data []byte) (sum [32]byte) {
	c.sumBytes(chain, data, sum[:])
	return sum
}

// chainShelf is all keys of the chains.
type chainShelf struct {
	newest keyID
	keys   map[keyID]chainKey
}

// ChainKey gives the key for new links.
func (k *Keyring) ChainKey() models.ChainKey {
	ring, err := k.current()
	if err != nil { // the keys cannot be read, so nothing can be written either; these were valid until now
		ring = k.ring.Load()
	}
	return ring.chains.keys[ring.chains.newest]
}

// ChainKeyOf gives the key that an id names, which another process may have made; ok is false when there is none.
func (k *Keyring) ChainKeyOf(id []byte) (key models.ChainKey, ok bool) {
	if len(id) != len(keyID{}) {
		return nil, false
	}
	ring := k.having(func(r *ring) bool {
		_, there := r.chains.keys[keyID(id)]
		return there
	})
	found, ok := ring.chains.keys[keyID(id)]
	return found, ok
}

// ChainStart is where the chain of one owner begins. It never changes.
func (k *Keyring) ChainStart(chain, owner string) []byte {
	return k.Hash("start of chain "+chain, []byte(owner))
}

// createFirstChainKey makes the first key where there is none. It needs the other keys.
func (k *Keyring) createFirstChainKey(ctx context.Context) error {
	var there int64
	if err := k.read.WithContext(ctx).Model(&chainKeyRow{}).Count(&there).Error; err != nil || there > 0 {
		return err
	}
	row := k.newChainKey(firstChainKey, k.now())
	made := k.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	k.chained = made.RowsAffected == 1
	return made.Error
}

// BeginsChains tells whether this opening made the first key of the chains. Then an older version, without such a key,
// wrote whatever the database holds.
func (k *Keyring) BeginsChains() bool { return k.chained }

func (k *Keyring) newChainKey(id string, at time.Time) chainKeyRow {
	return chainKeyRow{
		Scope: chainScope, ID: id, CreatedAt: at,
		Sealed: k.ring.Load().direct.seal(chainAAD(chainScope, id), randomKey()),
	}
}

// rotateChainKey adds a newer key. The caller has locked the sealing keys.
func (k *Keyring) rotateChainKey(tx *gorm.DB, at time.Time) error {
	rows, err := chainKeyRows(tx)
	if err != nil {
		return err
	}
	taken := make([]sealingKey, len(rows))
	for i, row := range rows {
		taken[i].ID = row.ID
		if !at.After(row.CreatedAt) {
			at = row.CreatedAt.Add(time.Microsecond)
		}
	}
	row := k.newChainKey(newKeyID(taken), at)
	return tx.Create(&row).Error
}

// loadChainKeys opens all keys of the chains with the keys of a new ring.
func (k *Keyring) loadChainKeys(ctx context.Context, made *ring) error {
	rows, err := chainKeyRows(k.read.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("read the chains' keys: %w", err)
	}
	made.chains.keys = make(map[keyID]chainKey, len(rows))
	for _, row := range rows {
		id, err := parseKeyID(row.ID)
		if err != nil {
			return err
		}
		key, err := made.direct.open(row.Sealed, chainAAD(row.Scope, row.ID))
		if err != nil {
			return fmt.Errorf("open the chains' key %s: %w", hex.EncodeToString(id[:]), err)
		}
		made.chains.newest, made.chains.keys[id] = id, chainKey{id, newMACs(key, "chain")}
	}
	return nil
}

// chainKeyRows reads the keys, the newest last.
func chainKeyRows(db *gorm.DB) (rows []chainKeyRow, err error) {
	return rows, db.Order("created_at, id").Find(&rows).Error
}

// open opens what seal sealed.
func (s *shelf) open(sealed []byte, aad string) ([]byte, error) {
	if len(sealed) < len(keyID{}) || s.keys[keyID(sealed)] == nil {
		return nil, errSealed
	}
	plain, err := s.keys[keyID(sealed)].Open(nil, nil, sealed[len(keyID{}):], []byte(aad))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
