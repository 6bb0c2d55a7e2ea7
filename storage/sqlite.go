package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"whoseline/models"
)

func openSQLite(ctx context.Context, options Options, path string) (*DB, error) {
	path, err := createFile(path)
	if err != nil {
		return nil, models.BadField("database.url", err.Error())
	}
	writer, err := openHandle(path, "_txlock=immediate", 1)
	if err != nil {
		return nil, err
	}
	// Readers may find the file only after the writer has put it into WAL mode.
	if err := writer.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), writer.Close())
	}
	readers := 4
	if options.MaxConns > 0 {
		readers = options.MaxConns
	}
	reader, err := openHandle(path, "_pragma=query_only(1)", readers)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	db := &DB{Engine: SQLite, options: options, handles: []*sql.DB{writer, reader}, path: path}
	if err := db.openGorm(writer, reader); err != nil {
		return nil, errors.Join(fmt.Errorf("open gorm: %w", err), db.Close())
	}
	return db, nil
}

func (db *DB) openGorm(writer, reader *sql.DB) (err error) {
	if db.Gorm, err = db.options.overSQLite(writer); err != nil {
		return err
	}
	if db.Read, err = db.options.overSQLite(reader); err != nil {
		return err
	}
	if err := errors.Join(db.options.watch(db.Read), db.options.watch(db.Gorm)); err != nil {
		return err
	}
	return db.Gorm.Use(readHandle{db.Read})
}

// overSQLite gives GORM over a handle, or over what tests put between the two.
func (o Options) overSQLite(handle *sql.DB) (*gorm.DB, error) {
	between := gorm.ConnPool(handle)
	if o.Between != nil {
		between = o.Between(handle)
	}
	return gorm.Open(sqliteDialect{&sqlite.Dialector{Conn: between}}, o.config())
}

// createFile creates a file that only its owner can read. SQLite gives its companion files the same mode.
func createFile(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	return path, file.Close()
}

// busyTimeout is how long a statement waits for another process that writes.
const busyTimeout = 10 * time.Second

// openHandle opens a pool whose connections stay open, because each new one runs its pragmas. Deleted data is
// overwritten with zeros: a destroyed key must not be found in the file.
func openHandle(path, setting string, conns int) (*sql.DB, error) {
	file := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: setting +
		"&_pragma=busy_timeout(" + strconv.FormatInt(busyTimeout.Milliseconds(), 10) + ")&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=temp_store(MEMORY)&_pragma=journal_size_limit(67108864)&_pragma=secure_delete(ON)"}
	probe, err := sql.Open(sqlite.DriverName, "")
	if err != nil {
		return nil, fmt.Errorf("find the SQLite driver: %w", err)
	}
	defer probe.Close()
	handle := sql.OpenDB(sqliteConnector{driver: probe.Driver(), name: file.String()})
	handle.SetMaxOpenConns(conns)
	handle.SetMaxIdleConns(conns)
	return handle, nil
}

// readHandle leads code that was given only the writer to the readers.
type readHandle struct{ db *gorm.DB }

func (readHandle) Name() string              { return "storage.read" }
func (readHandle) Initialize(*gorm.DB) error { return nil }

// readerOf gives the handle that does not wait for a writer.
func readerOf(db *gorm.DB) *gorm.DB {
	if found, ok := db.Plugins[readHandle{}.Name()].(readHandle); ok {
		return found.db
	}
	return db
}

type sqliteConnector struct {
	driver driver.Driver
	name   string
}

func (c sqliteConnector) Driver() driver.Driver { return c.driver }

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	able, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lost a method"), conn.Close())
	}
	return timedConn{able}, nil
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
}

// timedConn stores times as the other engine does: in UTC, so that their texts compare like the times; with
// microseconds; and a zero time as NULL.
type timedConn struct{ sqliteConn }

func (timedConn) CheckNamedValue(arg *driver.NamedValue) error {
	value, err := driver.DefaultParameterConverter.ConvertValue(arg.Value)
	if err != nil {
		return err
	}
	if at, ok := value.(time.Time); ok {
		value = at.UTC().Truncate(time.Microsecond)
		if at.IsZero() {
			value = nil
		}
	}
	arg.Value = value
	return nil
}
