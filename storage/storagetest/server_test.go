package storagetest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for range 2 {
		storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
			if current, err := db.Current(t.Context()); err != nil || !current {
				t.Fatalf("not migrated: %v, %v", current, err)
			}
			if err := db.Gorm.Exec("INSERT INTO prices VALUES ('b', 'lookup', 'found', 1)").Error; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAURLIsAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		db := storagetest.OpenURL(t, storagetest.URL(t, engine))
		if current, err := db.Current(t.Context()); err != nil || current {
			t.Errorf("%s: %v, %v", engine, current, err)
		}
	}
}

func TestAServerThatCrashedComesBackWithWhatWasCommitted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 15))
	first := ""
	for round, immediate := range []bool{true, false, true} {
		url, stop, err := storagetest.StartPostgres(dir, map[string]string{"shared_buffers": "32MB"})
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			first = url
			execute(t, url, "CREATE TABLE kept (n int)")
		}
		execute(t, url, "INSERT INTO kept VALUES (1)")
		if got := execute(t, url, "SELECT count(*)::int FROM kept"); got != round+1 || url != first {
			t.Errorf("round %d: %d rows at %s", round, got, url)
		}
		stop(immediate)
		if _, err := pgx.Connect(context.Background(), url); err == nil {
			t.Error("the server still answers")
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "data", "postmaster.pid")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "PG_VERSION")); err != nil {
		t.Errorf("the cluster is gone: %v", err)
	}
}

func execute(t *testing.T, url, statement string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return n
}
