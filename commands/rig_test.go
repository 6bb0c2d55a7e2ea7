package commands_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"whoseline/commands"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// price is what an answer costs unless the operator says otherwise, in kobo.
const price = 5000

// site is a database and what every command and every gateway on it is told.
type site struct {
	url     string
	environ map[string]string
	program string // of an earlier release; if there is none, it is this one
}

// open gives a site with a migrated database of the engine. Settings are SECTION__KEY=value.
func open(t *testing.T, engine string, settings ...string) *site {
	t.Helper()
	return openAt(t, storagetest.MigratedURL(t, engine), settings...)
}

func openAt(t *testing.T, url string, settings ...string) *site {
	t.Helper()
	var key [32]byte
	_, _ = rand.Read(key[:])
	s := &site{url: url, environ: map[string]string{}}
	return s.with(append([]string{
		"DATABASE__URL=" + url, "SECURITY__MASTER_KEY=" + base64.StdEncoding.EncodeToString(key[:]),
		"HTTP__ADDR=127.0.0.1:0", "OPS__ADDR=127.0.0.1:0", "PROVIDERS__LIVE=sandbox", "HTTP__DRAIN=0s",
	}, settings...)...)
}

// with gives the same site under other settings.
func (s *site) with(settings ...string) *site {
	other := &site{url: s.url, environ: maps.Clone(s.environ), program: s.program}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		other.environ["WHOSELINE_"+name] = value
	}
	return other
}

func (s *site) environment() (list []string) {
	for name, value := range s.environ {
		list = append(list, name+"="+value)
	}
	return list
}

// command runs a command of the program inside this process, or of an earlier release's.
func (s *site) command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if s.program != "" {
		process := exec.Command(s.program, args...)
		process.Env, process.Dir, process.Stdout, process.Stderr = s.environment(), t.TempDir(), &stdout, &stderr
		if err := process.Run(); process.ProcessState == nil {
			t.Fatal(err)
		}
		return process.ProcessState.ExitCode(), stdout.String(), stderr.String()
	}
	code = commands.Main(t.Context(), append([]string{"whoseline"}, args...),
		commands.IO{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Environ: s.environment()})
	return code, stdout.String(), stderr.String()
}

// answer runs a command that must succeed and gives what it says with --json.
func (s *site) answer(t *testing.T, args ...string) (said map[string]any) {
	t.Helper()
	code, out, errs := s.command(t, append([]string{"--json"}, args...)...)
	if code != 0 {
		t.Fatalf("whoseline %s: exit code %d: %s", strings.Join(args, " "), code, errs)
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatalf("whoseline %s said %q: %v", strings.Join(args, " "), out, err)
	}
	return said
}

// tenant is a business with a live key.
type tenant struct{ id, keyID, token string }

// tenant makes a business with money for so many answers.
func (s *site) tenant(t *testing.T, answers int) tenant {
	t.Helper()
	business := s.answer(t, "business", "create", "--name", "Ada & Sons")["id"].(string)
	key := s.answer(t, "key", "create", "--business", business, "--live")
	s.answer(t, "wallet", "top-up", "--business", business, "--amount", fmt.Sprint(answers*price), "--reference", "first")
	return tenant{business, key["id"].(string), key["token"].(string)}
}

// mustVerify recomputes all books.
func (s *site) mustVerify(t *testing.T) {
	t.Helper()
	if code, out, errs := s.command(t, "verify"); code != 0 {
		t.Errorf("verify: exit code %d: %s%s", code, out, errs)
	}
}

// wallet reads a business's balances.
func (s *site) wallet(t *testing.T, business string) (w models.Wallet) {
	t.Helper()
	said := s.answer(t, "wallet", "show", "--business", business)
	return models.Wallet{Available: int64(said["available"].(float64)), Held: int64(said["held"].(float64))}
}

// references gives what a business's transfers of a kind were made for.
func references(t *testing.T, db *storage.DB, business string, kind models.TransferKind) map[string]bool {
	t.Helper()
	var list []string
	err := db.Read.Model(&models.Transfer{}).Where("business_id = ? AND kind = ?", business, kind).Pluck("reference", &list).Error
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for _, reference := range list {
		if set[reference] {
			t.Errorf("two transfers of kind %s for %s", kind, reference)
		}
		set[reference] = true
	}
	return set
}

// binaryFolder is where the program lies that the process tests start.
var binaryFolder = filepath.Join(os.TempDir(), fmt.Sprintf("whoseline-app-%d", os.Getpid()))

// binary builds the program, with the race detector if the tests run under it.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binaryFolder, "whoseline")
	args := []string{"build", "-o", path}
	if raced() {
		args = append(args, "-race")
	}
	if said, err := exec.Command("go", append(args, "whoseline")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w: %s", err, said)
	}
	return path, nil
})

func raced() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, setting := range info.Settings {
		if setting.Key == "-race" {
			return setting.Value == "true"
		}
	}
	return false
}

// engines runs a test on each engine, side by side.
func engines(t *testing.T, test func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

// processes is how many gateways share a database of the engine in a test.
func processes(engine string) int {
	if engine == storage.Postgres {
		return 2
	}
	return 1
}
