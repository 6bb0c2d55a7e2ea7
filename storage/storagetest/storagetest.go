// Package storagetest answers: where does a test get a database of its own, on each engine? SQLite is a file in the
// test's folder. PostgreSQL is a private server, started once per test process and gone with it.
package storagetest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"whoseline/storage"
)

// Engines runs a test on each engine, side by side, every time with a migrated database of its own.
func Engines(t *testing.T, test func(t *testing.T, db *storage.DB)) {
	t.Helper()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, Open(t, engine))
		})
	}
}

// Open gives a migrated database of the engine. It goes away with the test.
func Open(t testing.TB, engine string) *storage.DB {
	t.Helper()
	return OpenURL(t, MigratedURL(t, engine))
}

// OpenURL opens a database until the test ends, as another process would: as it is, migrated or not.
func OpenURL(t testing.TB, url string) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Options{URL: url, MaxConns: 8})
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the test's database: %v", err)
		}
	})
	return db
}

// Keyring opens the keyring of a test's database, always under the same master key.
func Keyring(t testing.TB, db *storage.DB) *storage.Keyring {
	t.Helper()
	keyring, err := storage.OpenKeyring(t.Context(), db.Gorm, bytes.Repeat([]byte{7}, 32), nil, time.Now)
	if err != nil {
		t.Fatalf("open the test's keyring: %v", err)
	}
	return keyring
}

// URL gives the address of a fresh, empty database of the engine, for tests that start processes.
func URL(t testing.TB, engine string) string {
	t.Helper()
	if engine == storage.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "whoseline.db")
	}
	return createDatabase(t, "template1")
}

// MigratedURL is URL with all migrations applied.
func MigratedURL(t testing.TB, engine string) string {
	t.Helper()
	if engine == storage.Postgres {
		return createDatabase(t, template(t))
	}
	file, err := migratedFile()
	if err != nil {
		t.Fatalf("prepare an SQLite database: %v", err)
	}
	path := filepath.Join(t.TempDir(), "whoseline.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatalf("write the test's database: %v", err)
	}
	return "sqlite:" + path
}

// migratedFile is an empty SQLite database with all migrations applied.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "whoseline-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := storage.Open(ctx, storage.Options{URL: url})
	if err != nil {
		return err
	}
	if _, err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}
