package storagetest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"whoseline/storage"
)

// Dump gives everything that a database holds: PostgreSQL's statements, or the file of SQLite, which nobody may have open.
func Dump(t testing.TB, engine, url string) []byte {
	t.Helper()
	if engine == storage.SQLite {
		content, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:"))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	programs, err := findPrograms()
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(filepath.Join(programs, "pg_dump"), "--no-owner", "--no-comments", "--inserts", url).Output()
	if err != nil {
		t.Fatalf("dump the database: %v", err)
	}
	var statements [][]byte
	for line := range bytes.Lines(said) {
		if !bytes.HasPrefix(line, []byte(`\`)) { // such lines are for psql
			statements = append(statements, line)
		}
	}
	return bytes.Join(statements, nil)
}

// RestoredURL is URL with everything in it that Dump gave.
func RestoredURL(t testing.TB, engine string, dump []byte) string {
	t.Helper()
	url := URL(t, engine)
	if engine == storage.SQLite {
		if err := os.WriteFile(strings.TrimPrefix(url, "sqlite:"), dump, 0o600); err != nil {
			t.Fatal(err)
		}
		return url
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().Exec(ctx, string(dump)).ReadAll(); err != nil {
		t.Fatalf("restore the database: %v", err)
	}
	return url
}
