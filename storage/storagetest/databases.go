package storagetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// shared is this test process's own server. Its folder is removed when the process ends, however it ends.
var shared = sync.OnceValues(func() (*server, error) {
	dir, err := os.MkdirTemp("", "whoseline-pg-")
	if err != nil {
		return nil, err
	}
	settings := map[string]string{"max_connections": "400", "shared_buffers": "64MB"}
	if os.Getenv("WHOSELINE_TEST_FSYNC") == "" {
		settings["fsync"], settings["full_page_writes"] = "off", "off"
	}
	return launch(dir, settings, true)
})

// migrated is a database with all migrations applied, from which the others are copied.
var migrated = sync.OnceValues(func() (string, error) {
	const name = "migrated"
	if err := administer(`CREATE DATABASE ` + name); err != nil {
		return "", err
	}
	at, err := shared()
	if err != nil {
		return "", err
	}
	return name, migrate(at.url(name))
})

// made counts the databases, for their names.
var made atomic.Int64

func template(t testing.TB) string {
	t.Helper()
	name, err := migrated()
	if err != nil {
		t.Fatalf("prepare a PostgreSQL database: %v", err)
	}
	return name
}

func createDatabase(t testing.TB, template string) string {
	t.Helper()
	at, err := shared()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test_%d", made.Add(1))
	if err := administer(`CREATE DATABASE ` + name + ` TEMPLATE ` + template); err != nil {
		t.Fatalf("create the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := administer(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return at.url(name)
}

func administer(statement string) error {
	at, err := shared()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, at.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (s *server) url(database string) string {
	address := url.URL{Scheme: "postgres", User: url.User("whoseline"), Path: "/" + database}
	address.RawQuery = url.Values{"host": {s.socket}, "port": {s.port}, "sslmode": {"disable"}}.Encode()
	return address.String()
}
