//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// superuser owns the cluster; it is also the system user that the server runs as when we are root, as PostgreSQL
// refuses to be root.
const superuser = "postgres"

// settings are the server's. Everything else stands as PostgreSQL ships it. The large max_wal_size keeps the
// checkpoints that a filled log forces out of a measurement of seconds; it favours no side.
var settings = []string{
	"fsync=on", "synchronous_commit=on", "shared_buffers=1GB", "max_connections=300", "max_wal_size=8GB",
	"listen_addresses=127.0.0.1", "unix_socket_directories=",
}

// postgres is a private PostgreSQL server. The tests' helper does not do here: the benchmark needs the server's
// process id, a locale and a size of its own, and to start it again with a preloaded library.
type postgres struct {
	bin      string // folder of the server's programs
	data     string
	log      string
	addr     string
	password string
	server   *process
}

// newPostgres makes a cluster under dir. It is not started.
func newPostgres(ctx context.Context, dir string) (*postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	pg := &postgres{bin: bin, data: filepath.Join(dir, "data"), log: filepath.Join(dir, "postgres.log"), password: rand.Text()}
	if err := os.Mkdir(pg.data, 0o700); err != nil {
		return nil, err
	}
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(pg.password), 0o600); err != nil {
		return nil, err
	}
	if err := giveAway(pg.data, secret); err != nil {
		return nil, err
	}
	// Plain passwords: the hashed form would charge each of pgbench's connections two milliseconds of server CPU.
	cmd := pg.command(ctx, "initdb", "-D", pg.data, "-U", superuser, "--locale=C", "-E", "UTF8",
		"--pwfile="+secret, "--auth-local=reject", "--auth-host=password")
	if _, err := output(cmd); err != nil {
		return nil, err
	}
	return pg, nil
}

// postgresBin finds initdb on the path, or in the newest version's folder as Debian lays them out.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("PostgreSQL's initdb was not found: install the server's package")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// version is the number of the folder two levels above a program.
func version(program string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program))))
	return n
}

// credential is whom the server runs as: nil for ourselves.
func credential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup(superuser)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, _ := strconv.ParseUint(who.Uid, 10, 32)
	gid, _ := strconv.ParseUint(who.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// giveAway makes the server's user own the paths.
func giveAway(paths ...string) error {
	who, err := credential()
	if err != nil || who == nil {
		return err
	}
	for _, path := range paths {
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			return err
		}
	}
	return nil
}

// command is one of the server's programs, to be run as the server's user.
func (pg *postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(pg.bin, name), args...)
	who, _ := credential() // an error has shown itself in giveAway
	cmd.Dir, cmd.SysProcAttr = pg.data, &syscall.SysProcAttr{Credential: who}
	return cmd
}

// start runs the server, with more environment if wanted.
func (pg *postgres) start(ctx context.Context, env ...string) (err error) {
	if pg.addr, err = freeAddr(); err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(pg.addr)
	args := []string{"-D", pg.data, "-p", port}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	// Not bound to ctx: at an interrupt the clients go first, then the server.
	cmd := pg.command(context.WithoutCancel(ctx), "postgres", args...)
	cmd.Env = append(os.Environ(), env...)
	if pg.server, err = launch(cmd, pg.log, syscall.SIGQUIT); err != nil {
		return err
	}
	return pg.server.await(ctx, func() error { return pg.try(ctx) })
}

func (pg *postgres) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, pg.url("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (pg *postgres) stop() {
	if pg != nil {
		pg.server.stop(syscall.SIGINT, time.Minute)
		pg.server = nil
	}
}

func (pg *postgres) pid() int { return pg.server.cmd.Process.Pid }

// url is where a database of the server is found.
func (pg *postgres) url(database string) string {
	return fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", superuser, pg.password, pg.addr, database)
}
