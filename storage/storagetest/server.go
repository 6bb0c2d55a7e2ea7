package storagetest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// StartPostgres runs a PostgreSQL server of one's own in a folder, which is made into a cluster if it is none yet, and
// gives the URL of a database in it. Settings are those of postgresql.conf. stop(true) is a crash (all processes die
// at once, nothing is flushed); stop(false) is an orderly end. The folder stays and may be started again: the URL will
// be the same. The server dies with this process.
func StartPostgres(dir string, settings map[string]string) (url string, stop func(immediate bool), err error) {
	started, err := launch(dir, settings, false)
	if err != nil {
		return "", nil, err
	}
	return started.url("postgres"), started.stop, nil
}

type server struct {
	command *exec.Cmd
	orders  io.WriteCloser // its end is the order to stop at once
	socket  string         // folder of the Unix socket
	port    string
}

// keeper starts the server ($1 = programs, $2 = data, $3 = socket folder, $4 = what to remove afterwards, if anything; the rest are the
// server's arguments) and waits for an order. When this process ends, the pipe does too, which is an order as well.
const keeper = `
bin=$1 data=$2 socket=$3 remove=$4; shift 4
if [ ! -f "$data/PG_VERSION" ]; then
	"$bin/initdb" -D "$data" -U whoseline -A trust -E UTF8 --locale=C --no-instructions --no-sync || exit 1
fi
"$bin/postgres" -D "$data" -k "$socket" "$@" </dev/null &
server=$!
read -r order
case $order in orderly) kill -INT $server ;; *) kill -QUIT $server ;; esac
wait $server
[ -n "$remove" ] && rm -rf "$remove" "$socket"
exit 0`

func launch(dir string, settings map[string]string, remove bool) (*server, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	made, data := &server{socket: socketFolder(dir), port: cmp.Or(settings["port"], "5432")}, filepath.Join(dir, "data")
	owner, err := handOver(dir, data, made.socket)
	if err != nil {
		return nil, err
	}
	afterwards := ""
	if remove {
		afterwards = dir
	}
	args := append([]string{"-c", keeper, "keeper", programs, data, made.socket, afterwards}, arguments(settings)...)
	made.command = exec.Command("sh", args...)
	made.command.Dir = "/"
	made.command.SysProcAttr = owner.attributes()
	log := filepath.Join(dir, "server.log")
	if err := made.start(log); err != nil {
		return nil, err
	}
	if err := made.wait(); err != nil {
		text, _ := os.ReadFile(log)
		made.stop(true)
		return nil, fmt.Errorf("%w; the server said:\n%s", err, text)
	}
	return made, nil
}

func (s *server) start(log string) error {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	s.command.Stdout, s.command.Stderr = file, file
	if s.orders, err = s.command.StdinPipe(); err != nil {
		return err
	}
	return s.command.Start()
}

// stop ends the server and waits for it.
func (s *server) stop(immediate bool) {
	if !immediate {
		_, _ = io.WriteString(s.orders, "orderly\n")
	}
	_ = s.orders.Close()
	_ = s.command.Wait()    // its exit says nothing: the keeper ends the same way in every case
	_ = os.Remove(s.socket) // the server has removed the socket itself
}

// wait returns when the server takes connections.
func (s *server) wait() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for ctx.Err() == nil {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(ctx, s.url("postgres")); err == nil {
			return conn.Close(ctx)
		}
		<-again.C
	}
	return errors.Join(errors.New("PostgreSQL did not come up within a minute"), err)
}

// socketFolder is where the socket of the server in a folder lies: the kernel allows about a hundred characters.
func socketFolder(dir string) string {
	if inside := filepath.Join(dir, "socket"); len(inside) < 80 {
		return inside
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "whoseline-"+hex.EncodeToString(sum[:6]))
}

func arguments(settings map[string]string) []string {
	args := []string{"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// findPrograms gives the folder of PostgreSQL's programs, which it installs on a Debian machine that lacks them.
func findPrograms() (string, error) {
	if dir := lookForPrograms(); dir != "" {
		return dir, nil
	}
	if os.Geteuid() != 0 {
		return "", errors.New("PostgreSQL is not installed (no initdb in PATH or /usr/lib/postgresql): install it")
	}
	for _, args := range [][]string{{"update"}, {"install", "-y", "--no-install-recommends", "postgresql"}} {
		command := exec.Command("apt-get", append([]string{"-q", "-o", "DPkg::Lock::Timeout=300"}, args...)...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if output, err := command.CombinedOutput(); err != nil {
			return "", fmt.Errorf("install PostgreSQL: %w: %s", err, strings.TrimSpace(string(output)))
		}
	}
	if dir := lookForPrograms(); dir != "" {
		return dir, nil
	}
	return "", errors.New("PostgreSQL was installed, but its initdb cannot be found")
}

func lookForPrograms() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // fails on a bad pattern only
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}
