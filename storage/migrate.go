package storage

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero = pending
}

// Migrate applies the pending migrations and returns them. Several processes may do so at once: each migration is
// applied by one of them while the others wait.
func (db *DB) Migrate(ctx context.Context) ([]Migration, error) {
	provider, err := db.provider()
	if err != nil {
		return nil, err
	}
	leave, err := db.aloneToMigrate(ctx)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if err = errors.Join(err, leave()); err != nil {
		return nil, fmt.Errorf("migrate: %w", hint(err))
	}
	var applied []Migration
	for _, result := range results {
		applied = append(applied, Migration{
			Version: result.Source.Version, Name: nameOf(result.Source.Path), AppliedAt: db.options.Now(),
		})
	}
	return applied, nil
}

// aloneToMigrate waits until no other process migrates the same SQLite file. PostgreSQL has its own lock, see locking.
func (db *DB) aloneToMigrate(ctx context.Context) (leave func() error, err error) {
	if db.Engine != SQLite {
		return func() error { return nil }, nil
	}
	for {
		file, err := lockFile(db.path + "-migrate")
		if err == nil {
			return file.Close, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("lock the file for the migration: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the migration of another process: %w", context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// MigrationStatus lists all migrations in their order. It changes nothing, also in an empty database.
func (db *DB) MigrationStatus(ctx context.Context) ([]Migration, error) {
	provider, err := db.provider()
	if err != nil {
		return nil, err
	}
	applied, err := db.applied(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	var all []Migration
	for _, source := range provider.ListSources() {
		all = append(all, Migration{
			Version: source.Version, Name: nameOf(source.Path), AppliedAt: applied[source.Version],
		})
	}
	return all, nil
}

// Current tells whether no migration is pending.
func (db *DB) Current(ctx context.Context) (bool, error) {
	all, err := db.MigrationStatus(ctx)
	if err != nil {
		return false, err
	}
	for _, migration := range all {
		if migration.AppliedAt.IsZero() {
			return false, nil
		}
	}
	return true, nil
}

func (db *DB) applied(ctx context.Context) (map[int64]time.Time, error) {
	exists := "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = ?"
	if db.Engine == Postgres {
		exists = "SELECT to_regclass(?) IS NOT NULL"
	}
	read, found := db.Read.WithContext(ctx), false
	if err := read.Raw(exists, goose.DefaultTablename).Scan(&found).Error; err != nil || !found {
		return nil, err
	}
	var rows []struct {
		VersionID int64
		Tstamp    time.Time
	}
	err := read.Table(goose.DefaultTablename).Where("is_applied").Order("id").Find(&rows).Error
	applied := make(map[int64]time.Time, len(rows))
	for _, row := range rows {
		applied[row.VersionID] = row.Tstamp.UTC()
	}
	return applied, err
}

func (db *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+db.Engine)
	if err != nil {
		return nil, fmt.Errorf("find the migrations: %w", err)
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.Engine == Postgres {
		locking, err := db.locking()
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		dialect, options = goose.DialectPostgres, append(options, locking)
	}
	provider, err := goose.NewProvider(dialect, db.handles[0], files, options...)
	if err != nil {
		return nil, fmt.Errorf("read the migration files: %w", err)
	}
	return provider, nil
}

// locking asks for the lock every second, for five minutes. Behind PgBouncer a session's lock could be taken on one
// connection and given back on another, so there a row of a table is the lock.
func (db *DB) locking() (goose.ProviderOption, error) {
	if db.options.Pooled {
		locker, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(time.Second, 300))
		return goose.WithLocker(locker), err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	return goose.WithSessionLocker(locker), err
}

// nameOf turns 00001_house.sql into house.
func nameOf(file string) string {
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	if _, rest, ok := strings.Cut(name, "_"); ok {
		return rest
	}
	return name
}
