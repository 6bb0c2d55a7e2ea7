//go:build linux

package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5"

	"whoseline/bench/naive"
)

//go:embed reference
var reference embed.FS

// The databases of the private server, one for each side.
const (
	gatewayDB   = "whoseline"
	referenceDB = "reference"
	naiveDB     = "naive"
)

// referenceWallets is how many wallets the reference schema makes.
const referenceWallets = 1000

// rig is everything that runs during a benchmark.
type rig struct {
	opts    options
	dir     string
	pg      *postgres
	stats   *pgx.Conn // to the reference database
	gateway *gateway
	servers map[string]*server // by the names that variants use
	tokens  []string           // of the gateway's businesses
	shim    string             // the library that slows fsync; empty when it cannot be built
	facts   facts
	sink    *sink
	people  atomic.Int64 // who were sent a code, in all rounds
	partner partner      // of the first business
}

// newRig makes the folder and the cluster, and starts PostgreSQL. Close the rig even if this fails.
func newRig(ctx context.Context, opts options) (r *rig, err error) {
	r = &rig{opts: opts, servers: map[string]*server{}}
	if r.dir, err = workDir(opts.dir); err != nil {
		return r, err
	}
	if err := os.CopyFS(filepath.Join(r.dir, "bench"), reference); err != nil {
		return r, err
	}
	if r.sink, err = newSink(ctx); err != nil {
		return r, err
	}
	progress("PostgreSQL in %s", r.dir)
	if r.pg, err = newPostgres(ctx, r.dir); err != nil {
		return r, err
	}
	if err := r.pg.start(ctx); err != nil {
		return r, err
	}
	for _, name := range []string{gatewayDB, referenceDB, naiveDB} {
		if err := r.sql(ctx, "postgres", "CREATE DATABASE "+name); err != nil {
			return r, err
		}
	}
	schema, err := os.ReadFile(r.script("schema"))
	if err != nil {
		return r, err
	}
	for _, name := range []string{referenceDB, naiveDB} {
		if err := r.sql(ctx, name, string(schema)); err != nil {
			return r, err
		}
	}
	r.stats, err = pgx.Connect(ctx, r.pg.url(referenceDB))
	return r, err
}

// workDir makes a folder that the server's user may enter, on a disk: an fsync in memory costs nothing.
func workDir(parent string) (string, error) {
	const tmpfs = 0x01021994
	var fs syscall.Statfs_t
	if parent == "" {
		parent = os.TempDir()
		if err := syscall.Statfs(parent, &fs); err == nil && fs.Type == tmpfs {
			parent = "/var/tmp"
		}
	}
	dir, err := os.MkdirTemp(parent, "whoseline-bench-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711) // PostgreSQL's user must pass through
}

func (r *rig) script(name string) string {
	return filepath.Join(r.dir, "bench", "reference", name+".sql")
}

// sql runs statements in one of the databases.
func (r *rig) sql(ctx context.Context, database, statements string) error {
	conn, err := pgx.Connect(ctx, r.pg.url(database))
	if err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, statements).ReadAll()
	return errors.Join(err, conn.Close(ctx))
}

// prepare builds, fills and starts the servers that the variants need.
func (r *rig) prepare(ctx context.Context, variants []variant) error {
	for _, v := range variants {
		if v.isGateway() && r.gateway == nil {
			if err := r.prepareGateway(ctx); err != nil {
				return err
			}
		}
		if v.server == "" || r.servers[v.server] != nil {
			continue
		}
		s, err := r.start(ctx, v.server)
		r.servers[v.server] = s
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *rig) prepareGateway(ctx context.Context) error {
	progress("building the gateway")
	binary, err := buildGateway(ctx, r.dir, r.opts.binary)
	if err != nil {
		return err
	}
	r.gateway = &gateway{binary: binary, dir: r.dir, url: r.pg.url(gatewayDB), master: newMasterKey()}
	if _, err := r.gateway.run(ctx, "migrate"); err != nil {
		return err
	}
	progress("making %d businesses", r.opts.wallets)
	r.tokens, err = r.gateway.seed(ctx, r.opts.wallets)
	return err
}

// start starts a server by its name.
func (r *rig) start(ctx context.Context, name string) (*server, error) {
	progress("starting %s", name)
	switch name {
	case gatewayServer:
		return r.gateway.serve(ctx, name)
	case slowSourceServer:
		return r.gateway.serve(ctx, name, fmt.Sprintf("WHOSELINE_PROVIDERS__SANDBOX_DELAY=%s", naive.SourceDelay))
	case codesServer:
		s, err := r.gateway.serve(ctx, name, codeSettings("http://"+r.sink.addr)...)
		if err == nil {
			r.partner, err = r.enrolPartner(ctx, s)
		}
		return s, err
	case naiveServer:
		return serveNaive(ctx, r.dir, r.pg.url(naiveDB), "http://"+r.sink.addr, referenceWallets)
	}
	return nil, fmt.Errorf("no such server: %s", name)
}

// tidy brings every round to the same start: the reference and the naive tables are emptied, dead wallet rows are
// gone and no checkpoint is due. The gateway's books cannot be emptied: they grow from round to round.
func (r *rig) tidy(ctx context.Context) error {
	for _, name := range []string{referenceDB, naiveDB} {
		if err := r.sql(ctx, name, "TRUNCATE lookup, ledger_entry, otp_code, otp_sent"); err != nil {
			return err
		}
		if err := r.sql(ctx, name, "VACUUM ANALYZE wallet"); err != nil {
			return err
		}
	}
	return r.sql(ctx, "postgres", "CHECKPOINT")
}

// slowDisk compiles the preload shim and starts everything anew under it. It tells whether there is a C compiler.
func (r *rig) slowDisk(ctx context.Context) (bool, error) {
	cc, err := exec.LookPath("gcc")
	if err != nil {
		return false, nil //nolint:nilerr // no compiler is an answer, not a failure
	}
	r.shim = filepath.Join(r.dir, "slowsync.so")
	source := filepath.Join(r.dir, "bench", "reference", "slowsync.c")
	if _, err := output(exec.CommandContext(ctx, cc, "-O2", "-shared", "-fPIC", "-o", r.shim, source, "-ldl")); err != nil {
		return false, err
	}
	r.stopServers(ctx)
	r.pg.stop()
	progress("PostgreSQL again, each fsync 1 ms slower")
	if err := r.pg.start(ctx, "LD_PRELOAD="+r.shim, "SLOW_US=1000"); err != nil {
		return false, err
	}
	if r.gateway != nil {
		r.gateway.url = r.pg.url(gatewayDB)
	}
	r.stats, err = pgx.Connect(ctx, r.pg.url(referenceDB))
	return true, err
}

func (r *rig) stopServers(ctx context.Context) {
	for name, s := range r.servers {
		s.stop()
		delete(r.servers, name)
	}
	if r.stats != nil {
		_ = r.stats.Close(ctx)
		r.stats = nil
	}
}

// close stops everything and removes the folder.
func (r *rig) close() {
	r.stopServers(context.Background())
	r.pg.stop()
	if r.dir != "" && !r.opts.keep {
		_ = os.RemoveAll(r.dir)
	}
}
