// Package storage answers: where are the rows, and who can read what is personal in them? It is the only package that
// knows which engine runs.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"whoseline/models"
)

// The engines, as DB.Engine names them.
const (
	Postgres = "postgres"
	SQLite   = "sqlite"
)

// Options say which database to open and how.
type Options struct {
	URL              string           // postgres://… or sqlite:PATH
	MaxConns         int              // connections to PostgreSQL, or readers of SQLite; 0 = 16, or 4
	Pooled           bool             // PostgreSQL stands behind PgBouncer in transaction mode
	StatementTimeout time.Duration    // how long one statement of a Pipeline may take; 0 = 10 s
	Now              func() time.Time // nil = the machine's clock, in UTC
	Log              *slog.Logger     // nil = silent

	// Undated, if it is set, is called with every statement whose context has no deadline, which could wait for ever.
	// Tests set it.
	Undated func(statement string)

	// Between, if it is set, puts something between GORM and the handles of an embedded database, the writer's first. Tests
	// set it.
	Between func(handle *sql.DB) gorm.ConnPool
}

// DB is an open database. On both engines times come back in UTC with microseconds, and a zero time.Time is NULL.
//
// SQLite has one writer: inside a transaction use only the transaction, because everything else through Gorm waits for
// its end. Read does not wait for the writer; on PostgreSQL it is the same as Gorm.
type DB struct {
	Gorm   *gorm.DB
	Read   *gorm.DB
	Engine string

	options Options
	handles []*sql.DB
	pool    *pgxpool.Pool // nil on SQLite
	path    string        // of the file on SQLite
	served  *os.File      // marks the file as served by this process; nil = it is not
}

// Open connects to the database, which it creates if it is a file. Migrations are not applied.
func Open(ctx context.Context, options Options) (*DB, error) {
	if options.Now == nil {
		options.Now = func() time.Time { return time.Now().UTC() }
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.StatementTimeout == 0 {
		options.StatementTimeout = 10 * time.Second
	}
	hideRecorded()
	db, err := open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach the database: %w", hint(err)), db.Close())
	}
	return db, nil
}

func open(ctx context.Context, options Options) (*DB, error) {
	scheme, rest, _ := strings.Cut(options.URL, ":")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		return openPostgres(ctx, options)
	case scheme == "sqlite" && strings.TrimPrefix(rest, "//") != "":
		return openSQLite(ctx, options, strings.TrimPrefix(rest, "//"))
	}
	return nil, models.BadField("database.url", "must be postgres://… or sqlite:PATH")
}

// config is how GORM behaves on both engines. GORM wraps no transaction of its own around single statements.
func (o Options) config() *gorm.Config {
	return &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		QueryFields:            true, // a newer release adds columns while this one reads
		NowFunc:                o.Now,
		Logger:                 slowLog{log: o.Log},
	}
}

// watch translates the errors of Row and Scan, which GORM does not, and reports statements without a deadline if
// Undated is set.
func (o Options) watch(db *gorm.DB) error {
	translate := func(tx *gorm.DB) {
		if translator, ok := tx.Dialector.(gorm.ErrorTranslator); ok && tx.Error != nil {
			tx.Error = translator.Translate(tx.Error)
		}
	}
	if err := db.Callback().Row().After("gorm:row").Register("storage:translate", translate); err != nil || o.Undated == nil {
		return err
	}
	look := func(tx *gorm.DB) {
		if _, has := tx.Statement.Context.Deadline(); !has {
			o.Undated(tx.Statement.SQL.String())
		}
	}
	on := db.Callback()
	return errors.Join(
		on.Query().After("gorm:query").Register("storage:query", look), on.Raw().After("gorm:raw").Register("storage:raw", look),
		on.Row().After("gorm:row").Register("storage:row", look), on.Create().After("gorm:create").Register("storage:create", look),
		on.Update().After("gorm:update").Register("storage:update", look), on.Delete().After("gorm:delete").Register("storage:delete", look),
	)
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	for _, handle := range db.handles {
		if err := handle.PingContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close ends all connections, after those in use have been given back. Pipelines are closed by their owners.
func (db *DB) Close() error {
	var errs []error
	for _, handle := range db.handles {
		errs = append(errs, handle.Close())
	}
	if db.pool != nil {
		db.pool.Close()
	}
	if db.served != nil {
		errs = append(errs, db.served.Close())
	}
	return errors.Join(errs...)
}

// PoolStats is how busy the connections are.
type PoolStats struct {
	Max         int
	InUse       int
	Idle        int
	WaitCount   int64   // how often a connection was waited for
	WaitSeconds float64 // for how long, in total
}

// PoolStats sums up all connections but those of pipelines.
func (db *DB) PoolStats() PoolStats {
	if db.pool != nil {
		stat := db.pool.Stat()
		return PoolStats{
			Max: int(stat.MaxConns()), InUse: int(stat.AcquiredConns()), Idle: int(stat.IdleConns()),
			WaitCount: stat.EmptyAcquireCount(), WaitSeconds: stat.EmptyAcquireWaitTime().Seconds(),
		}
	}
	var sum PoolStats
	for _, handle := range db.handles {
		stat := handle.Stats()
		sum.Max += stat.MaxOpenConnections
		sum.InUse += stat.InUse
		sum.Idle += stat.Idle
		sum.WaitCount += stat.WaitCount
		sum.WaitSeconds += stat.WaitDuration.Seconds()
	}
	return sum
}
