package storagetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"whoseline/test/wait"

	"github.com/jackc/pgx/v5"
)

// Pair is two PostgreSQL servers on the loopback. The primary answers no commit before the standby has it.
type Pair struct {
	t       testing.TB
	nodes   [2]*node
	primary int // which of them
}

// node is a place for a server of a pair.
type node struct {
	dir, port string
	server    *server // nil: it is down
}

// StartPair starts a primary and its synchronous standby, which go away with the test.
func StartPair(t testing.TB) *Pair {
	t.Helper()
	p := &Pair{t: t}
	for i := range p.nodes {
		p.nodes[i] = &node{dir: t.TempDir(), port: freePort(t)}
	}
	p.launch(p.nodes[0])
	p.follow(p.nodes[1])
	t.Cleanup(func() {
		for _, n := range p.nodes {
			n.stop()
		}
	})
	return p
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// URL gives a database of whichever server is the primary, as the guide tells operators to.
func (p *Pair) URL(database string) string {
	return fmt.Sprintf("postgres://whoseline@127.0.0.1:%s,127.0.0.1:%s/%s?sslmode=disable&target_session_attrs=read-write&connect_timeout=2",
		p.nodes[0].port, p.nodes[1].port, database)
}

// LoseStandby kills the standby: from then on commits wait.
func (p *Pair) LoseStandby() { p.nodes[1-p.primary].stop() }

// RestoreStandby starts the standby again, and returns when it keeps up.
func (p *Pair) RestoreStandby() {
	p.t.Helper()
	p.launch(p.nodes[1-p.primary])
	p.inStep()
}

// FailOver kills the primary and promotes the standby, which is started if it is down. Nothing follows it then.
func (p *Pair) FailOver() {
	p.t.Helper()
	p.nodes[p.primary].stop()
	p.primary = 1 - p.primary
	if p.nodes[p.primary].server == nil {
		p.launch(p.nodes[p.primary])
	}
	p.Tell("SELECT pg_promote(false)")
	wait.Until(p.t, "the standby is promoted", func() bool { return p.Tell("SELECT 1 WHERE pg_is_in_recovery()") == 0 })
}

// Rejoin makes the server that was killed the synchronous standby of the other one.
func (p *Pair) Rejoin() {
	p.t.Helper()
	lost := p.nodes[1-p.primary]
	if err := os.RemoveAll(filepath.Join(lost.dir, "data")); err != nil {
		p.t.Fatal(err)
	}
	p.follow(lost)
}

func (n *node) stop() {
	if n.server != nil {
		n.server.stop(true)
	}
	n.server = nil
}

func (p *Pair) launch(n *node) {
	p.t.Helper()
	settings := map[string]string{
		"listen_addresses": "127.0.0.1", "port": n.port, "shared_buffers": "32MB", "fsync": "off", "wal_receiver_status_interval": "1",
		"wal_retrieve_retry_interval": "200ms", "max_connections": "100",
	}
	var err error
	if n.server, err = launch(n.dir, settings, false); err != nil {
		p.t.Fatal(err)
	}
}

// follow copies the primary's cluster to a node, which follows it from then on.
func (p *Pair) follow(n *node) {
	p.t.Helper()
	programs, err := findPrograms()
	if err != nil {
		p.t.Fatal(err)
	}
	data := filepath.Join(n.dir, "data")
	owner, err := handOver(n.dir, data)
	if err != nil {
		p.t.Fatal(err)
	}
	from := p.nodes[p.primary]
	copying := exec.Command(filepath.Join(programs, "pg_basebackup"), "-D", data, "-R", "-c", "fast", "-h", "127.0.0.1", "-p", from.port, "-U", "whoseline")
	copying.Dir, copying.SysProcAttr = "/", owner.attributes()
	if said, err := copying.CombinedOutput(); err != nil {
		p.t.Fatalf("copy the primary: %v: %s", err, said)
	}
	p.launch(n)
	p.Tell("ALTER SYSTEM SET synchronous_standby_names = '*'")
	p.Tell("SELECT pg_reload_conf()")
	p.inStep()
}

// inStep waits until the standby is synchronous.
func (p *Pair) inStep() {
	p.t.Helper()
	wait.Until(p.t, "the standby follows", func() bool {
		return p.Tell("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") > 0
	})
}

// Tell has the primary run a statement, and gives how many rows the primary's answer has.
func (p *Pair) Tell(statement string) int64 {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.nodes[p.primary].server.url("postgres"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close(ctx)
	done, err := conn.Exec(ctx, statement)
	if err != nil {
		p.t.Fatalf("%s: %v", statement, err)
	}
	return done.RowsAffected()
}
