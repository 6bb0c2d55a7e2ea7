package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// logWait is how long clearing the log waits for a reader, and holds up writers, inside a gateway.
const logWait = 100 * time.Millisecond

// ClearLog moves the content of SQLite's write-ahead log into the file and truncates the log, so that deleted data is
// in neither. PostgreSQL's log belongs to its operator. While a long reader is at work the log stays for the next time:
// done is false.
func (db *DB) ClearLog(ctx context.Context) (done bool, err error) {
	if db.Engine != SQLite {
		return true, nil
	}
	err = db.Gorm.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		done, err = clearLog(conn, logWait)
		return err
	})
	return done, err
}

// scrub rewrites an SQLite file without what was deleted from it, such as keys that an older release left in free
// pages. SQLite's temporary copy is a file: it may be larger than memory.
func scrub(ctx context.Context, db *gorm.DB) error {
	if db.Name() == Postgres {
		return nil
	}
	return db.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		err := conn.Exec("PRAGMA temp_store = FILE").Error
		if err == nil {
			err = conn.Exec("VACUUM").Error
		}
		if err := errors.Join(err, conn.Exec("PRAGMA temp_store = MEMORY").Error); err != nil {
			return fmt.Errorf("write the file anew: %w", err)
		}
		done, err := clearLog(conn, busyTimeout)
		if err == nil && !done {
			err = errors.New("somebody was reading the database, so that its log still holds what was deleted: run it again")
		}
		return err
	})
}

func clearLog(conn *gorm.DB, wait time.Duration) (done bool, err error) {
	var said struct{ Busy int }
	err = errors.Join(
		conn.Exec(fmt.Sprintf("PRAGMA busy_timeout = %d", wait.Milliseconds())).Error,
		conn.Raw("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&said).Error,
		conn.Exec(fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout.Milliseconds())).Error,
	)
	if err != nil {
		return false, fmt.Errorf("clear the write-ahead log: %w", err)
	}
	return said.Busy == 0, nil
}
