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

// Clock gives the database's time, which all who share it share. An embedded database has the machine's.
func (db *DB) Clock(ctx context.Context) (at time.Time, err error) {
	if db.Engine != Postgres {
		return db.options.Now(), nil
	}
	return at, db.Read.WithContext(ctx).Raw("SELECT clock_timestamp()").Scan(&at).Error
}

// errGrown undoes what only was to show that there is room.
var errGrown = errors.New("there is room")

// Write shows that the database takes something. A row that is written over would not find out that the disk is full:
// on PostgreSQL there must also be room for a new page, which is given back at once.
func (db *DB) Write(ctx context.Context) error {
	write := db.Gorm.WithContext(ctx)
	if db.Engine == Postgres {
		page := make([]byte, 6<<10)
		_, _ = rand.Read(page) // never fails
		err := write.Transaction(func(tx *gorm.DB) error {
			// By a number of its own, nobody has to wait for a gateway that is stuck in the middle of the same.
			number := int64(binary.BigEndian.Uint64(page)>>2) + 2
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

// Occupy says that this process serves the database, until Close. Any number may serve PostgreSQL; a file is served by
// one, and commands may work on it beside. Errors: models.Conflict.
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
