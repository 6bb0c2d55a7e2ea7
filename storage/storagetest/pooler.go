package storagetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// settingsOfThePooler are PgBouncer's: the folder of the server's socket, that of its own.
const settingsOfThePooler = `[databases]
* = host=%s port=5432 user=whoseline
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = %s
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 500
`

// Pooler runs PgBouncer in transaction mode in front of a database of PostgreSQL, until the test ends, and gives the
// database's URL by it. Eight connections to the server are shared by all who ask.
func Pooler(t testing.TB, target string) string {
	t.Helper()
	at, err := url.Parse(target)
	if err != nil {
		t.Fatalf("read the database's URL: %v", err)
	}
	dir, err := os.MkdirTemp("", "whoseline-pool-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	owner, err := handOver(dir)
	if err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "pooler.ini")
	if err := os.WriteFile(settings, fmt.Appendf(nil, settingsOfThePooler, at.Query().Get("host"), dir), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("/usr/sbin/pgbouncer", "-q", settings)
	command.SysProcAttr = owner.attributes()
	command.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := command.Start(); err != nil {
		t.Fatalf("start PgBouncer (./needs.sh installs it): %v", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	})
	pooled := (&server{socket: dir}).url(filepath.Base(at.Path))
	waitForPooler(t, pooled)
	return pooled
}

func waitForPooler(t testing.TB, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			_ = conn.Close(ctx)
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("PgBouncer did not come up within a minute: %v", err)
		}
	}
}
