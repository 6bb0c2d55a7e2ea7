package storage

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Clock gives the database's time, which is the same for all gateways. An embedded database has the machine's.
func (db *DB) Clock(ctx context.Context) (at time.Time, err error) {
	if db.Engine != Postgres {
		return db.options.Now(), nil
	}
	return at, db.Read.WithContext(ctx).Raw("SELECT clock_timestamp()").Scan(&at).Error
}

// errGrown undoes what was written only to test the room.
var errGrown = errors.New("there is room")

// Write tests whether the database takes writes. Overwriting a row would not notice a full disk: on PostgreSQL there
// must also be room for a new page, which is given back at once.
func (db *DB) Write(ctx context.Context) error {
	write := db.Gorm.WithContext(ctx)
	if db.Engine == Postgres {
		page := make([]byte, 6<<10)
		_, _ = rand.Read(page) // never fails
		err := write.Transaction(func(tx *gorm.DB) error {
			// The number is unique, so that nobody waits for a gateway that is stuck in the same place.
			number := int64(binary.BigEndian.Uint64(page)>>2) + verified + 1
			if err := tx.Exec("INSERT INTO readiness (one, filler) VALUES (?, ?)", number, page).Error; err != nil {
				return err
			}
			return errGrown
		})
		if !errors.Is(err, errGrown) {
			return fmt.Errorf("make room: %w", err)
		}
	}
	done := write.Exec("UPDATE readiness SET at = ? WHERE one = 1", db.options.Now())
	if done.Error != nil {
		return fmt.Errorf("write: %w", done.Error)
	}
	return nil
}

// Occupy marks the database as served by this process, until Close. Any number of gateways may serve PostgreSQL. An
// SQLite file is served by one; commands may work on it beside the gateway. Errors: models.Conflict.
func (db *DB) Occupy() error {
	if db.Engine != SQLite || db.served != nil {
		return nil
	}
	file, err := lockFile(db.path + "-serve")
	if errors.Is(err, errLocked) {
		return models.Fail(models.Conflict, "another gateway serves "+db.path+" already: an SQLite file is served by one")
	}
	if err != nil {
		return fmt.Errorf("say that this process serves the database: %w", err)
	}
	db.served = file
	return nil
}

var errLocked = errors.New("it is locked")
