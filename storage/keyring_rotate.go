package storage

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Rotate makes new keys. They are used from now on, by other processes within five minutes. What was sealed under the
// older keys stays readable, and chains with them stay valid. The key of the blind index stays.
func (k *Keyring) Rotate(ctx context.Context) error {
	if err := k.take(ctx); err != nil {
		return err
	}
	defer k.yield()
	err := k.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		rows, err := lockedKeys(tx)
		if err != nil {
			return err
		}
		at := k.now()
		for _, row := range rows {
			if row.MasterID != k.masters[0].id {
				return models.BadField("security.master_key", "is not the newest one: rotate with the master key "+row.MasterID)
			}
			if !at.After(row.CreatedAt) { // clocks differ, but the newest key must sort last
				at = row.CreatedAt.Add(time.Microsecond)
			}
		}
		for _, purpose := range []string{purposeWrap, purposeDirect} {
			row := k.masters[0].wrap(sealingKey{ID: newKeyID(rows), Purpose: purpose, CreatedAt: at}, randomKey())
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return k.rotateChainKey(tx, at)
	})
	if err != nil {
		return fmt.Errorf("rotate the sealing keys: %w", err)
	}
	return k.load(ctx)
}

// Rekey puts all keys under a new master key, which must then go into the configuration. Nothing else is sealed again.
// Processes with the old master key go on until they end or the keys are rotated.
func (k *Keyring) Rekey(ctx context.Context, newMasterKey []byte) error {
	made, err := newMaster(newMasterKey)
	if err != nil {
		return err
	}
	if err := k.take(ctx); err != nil {
		return err
	}
	defer k.yield()
	err = k.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		rows, err := lockedKeys(tx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			key, err := k.unwrap(row)
			if err != nil {
				return err
			}
			row = made.wrap(row, key)
			change := sealingKey{MasterID: row.MasterID, Wrapped: row.Wrapped}
			if err := tx.Model(&sealingKey{}).Where("id = ?", row.ID).Updates(change).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put the sealing keys under a new master key: %w", err)
	}
	k.masters = append([]master{made}, k.masters...)
	return nil
}

// lockedKeys reads the keys and locks them until the transaction ends. SQLite has one writer anyway.
func lockedKeys(tx *gorm.DB) ([]sealingKey, error) {
	if tx.Name() == Postgres {
		if err := tx.Exec("LOCK TABLE sealing_keys IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
			return nil, err
		}
	}
	return sortedKeys(tx)
}

// newKeyID gives an id that no key has.
func newKeyID(taken []sealingKey) string {
	for {
		var id keyID
		_, _ = rand.Read(id[:]) // never fails: crypto/rand stops the program instead
		text, free := hex.EncodeToString(id[:]), true
		for _, row := range taken {
			free = free && row.ID != text
		}
		if free {
			return text
		}
	}
}
