package commands_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// release is one that was published. A database that its program filled lies in testdata/releases, for each engine.
type release struct {
	version, commit string
	unkeyed         bool // its transfers and consents have no key
	beside          bool // its gateways must serve on beside today's schema. Only the last release's need to
}

// releases are all that one can upgrade from. When a release is published it gets a line, and `make release-dump` makes
// its databases.
var releases = []release{
	{version: "0.1.0", commit: "ec09674bdf1e36f6ad2c946f48c03be3cb2955a8", unkeyed: true, beside: true},
	{version: "0.2.0", commit: "a9c27dd4604d67ce91290103768a6e328d8128a1", beside: true},
}

var makeDumps = flag.Bool("release-dump", false, "make the databases of releases that have none")

// kept is what is known of a database that was kept.
type kept struct {
	MasterKey string            `json:"masterKey"`
	Business  string            `json:"business"`
	KeyID     string            `json:"keyId"`
	Token     string            `json:"token"`
	Available int64             `json:"available"`
	Seen      map[string]string `json:"seen"` // the lookups that were answered, by idempotency key
}

func (r release) folder() string { return filepath.Join("testdata", "releases", r.version) }

// build makes the release's program from the repository's history, which a shallow clone does not have. It stays in the
// user's cache folder.
func (r release) build(t *testing.T) (path string, found bool) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(cache, "whoseline", "releases", r.commit)
	if _, err := os.Stat(path); err == nil {
		return path, true
	}
	history := exec.Command("git", "archive", r.commit)
	history.Dir = ".."
	archive, err := history.Output()
	if err != nil {
		return "", false
	}
	dir := t.TempDir()
	made := fmt.Sprint(path, ".", os.Getpid())
	unpack, build := exec.Command("tar", "-x", "-C", dir), exec.Command("go", "build", "-buildvcs=false", "-o", made, ".")
	unpack.Stdin, build.Dir = bytes.NewReader(archive), dir
	for _, c := range []*exec.Cmd{unpack, build} {
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v: %s", r.version, err, said)
		}
	}
	if err := os.Rename(made, path); err != nil {
		t.Fatal(err)
	}
	return path, true
}

// aged gives the same site with the release's program, which does not know the settings that came later.
func (r release) aged(s *site, program string) *site {
	aged := s.with()
	aged.program = program
	for _, later := range []string{"HTTP__DRAIN"} {
		delete(aged.environ, "WHOSELINE_"+later)
	}
	return aged
}

// site restores the release's database.
func (r release) site(t *testing.T, engine string, settings ...string) (*site, kept) {
	t.Helper()
	var k kept
	text, err := os.ReadFile(filepath.Join(r.folder(), engine+".json"))
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(r.folder(), engine+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	dump, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	settings = append([]string{"SECURITY__MASTER_KEY=" + k.MasterKey}, settings...)
	return openAt(t, storagetest.RestoredURL(t, engine, dump), hasty(settings...)...), k
}

// dump has the release's program fill a database and keeps it.
func (r release) dump(t *testing.T, engine string) {
	t.Helper()
	program, found := r.build(t)
	if !found {
		t.Fatalf("the history has no commit %s", r.commit)
	}
	s := r.aged(openAt(t, storagetest.URL(t, engine), "CHANNELS__LIVE=outbox"), program)
	if code, _, errs := s.command(t, "migrate", "up"); code != 0 {
		t.Fatal(errs)
	}
	who := s.tenant(t, 1_000_000)
	s.answer(t, "user", "create", "--business", who.id, "--email", "ada@example.com", "--role", "owner", "--name", "Ada")
	s.answer(t, "webhook", "create", "--business", who.id, "--url", "https://example.com/hook")
	g := s.serve(t)
	if faults := append(g.walk(who.token, "100"), g.walk(who.token, "101")...); len(faults) > 0 {
		t.Fatalf("%q", faults)
	}
	k := kept{s.environ["WHOSELINE_SECURITY__MASTER_KEY"], who.id, who.keyID, who.token, 0, map[string]string{}}
	for n := range 10 {
		key := fmt.Sprintf("kept-%d", n)
		k.Seen[key] = g.tell(lookup(who.token, "08000000000", key)).id()
	}
	for _, walk := range []string{"100", "101"} {
		for n := range 4 {
			key := fmt.Sprintf("%s%02d", walk, n)
			k.Seen[key] = g.tell(lookup(who.token, "08000000000", key)).id()
		}
	}
	g.stop(t)
	k.Available = s.wallet(t, who.id).Available
	r.keep(t, engine, k, storagetest.Dump(t, engine, s.url))
}

func (r release) keep(t *testing.T, engine string, k kept, dump []byte) {
	t.Helper()
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(dump); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	facts, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(r.folder(), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{".gz": zipped.Bytes(), ".json": append(facts, '\n')} {
		if err := os.WriteFile(filepath.Join(r.folder(), engine+name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryReleaseHasADatabaseThatIsKept(t *testing.T) {
	t.Parallel()
	changes, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range releases {
		for _, engine := range []string{storage.SQLite, storage.Postgres} {
			_, err := os.Stat(filepath.Join(r.folder(), engine+".gz"))
			if err != nil && *makeDumps {
				r.dump(t, engine)
			} else if err != nil {
				t.Errorf("%s: %v; make release-dump makes one", r.version, err)
			}
		}
	}
	for line := range strings.Lines(string(changes)) {
		version, published := strings.CutPrefix(line, "## ")
		version, _, dated := strings.Cut(version, " - ")
		if published && dated && !strings.HasPrefix(releases[len(releases)-1].version, version) {
			t.Errorf("the change log has %s, the last release here is %s", version, releases[len(releases)-1].version)
		}
		if published && dated {
			break
		}
	}
}
