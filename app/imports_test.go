package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "whoseline"

// allowedImports says which rooms each room may name. A room that is not listed may name none. Benchmarks are tools and
// name what they measure.
var allowedImports = map[string][]string{
	"": {"commands"},
	"commands": {
		"app", "access", "batches", "payments", "payments/paysim", "staff", "audit", "settings", "lookup", "possession", "billing", "webhooks", "providers", "providers/channel", "providers/directory",
		"providers/simulator", "providers/vendor", "storage", "config", "models", "views", "dashboard",
	},
	"app": {
		"handlers", "handlers/edge", "handlers/youverify", "handlers/console", "handlers/callbacks", "handlers/operator", "handlers/ops", "access", "batches", "payments", "staff", "audit", "settings", "lookup", "possession", "billing", "webhooks", "providers",
		"providers/gate", "providers/vendor", "providers/directory", "providers/channel", "storage", "config", "models", "traces", "views",
	},
	"handlers": {
		"handlers/edge", "handlers/youverify", "handlers/v1", "handlers/lumin", "handlers/digipay", "handlers/zitadel", "handlers/callbacks",
		"handlers/console", "access", "audit", "batches", "payments", "lookup", "webhooks",
	},
	// A dialect may name the edge, never another dialect. The edge names none.
	"handlers/edge":          {"access", "lookup", "possession", "billing", "models", "traces", "views"},
	"handlers/edge/edgetest": {"handlers/edge", "models"},
	"handlers/youverify":     {"handlers/edge", "access", "settings", "lookup", "webhooks", "models"},
	"handlers/v1":            {"handlers/edge", "access", "audit", "batches", "payments", "lookup", "possession", "billing", "webhooks", "models", "docs", "views"},
	"handlers/lumin":         {"handlers/edge", "access", "possession", "models"},
	"handlers/digipay":       {"handlers/edge", "access", "possession", "models"},
	"handlers/zitadel":       {"handlers/edge", "handlers/zitadel/zitadelproto", "access", "possession", "models"},
	"handlers/callbacks":     {"handlers/edge", "lookup", "possession", "models"},
	"handlers/console": {
		"handlers/edge", "access", "batches", "payments", "staff", "audit", "lookup", "possession", "billing", "webhooks", "models", "dashboard", "views",
	},
	"handlers/operator": {
		"handlers/edge", "access", "staff", "audit", "lookup", "possession", "billing", "webhooks", "models", "dashboard", "views",
	},
	"handlers/ops":        {"handlers/edge", "lookup", "docs", "models", "views"},
	"views":               {"access", "batches", "payments", "staff", "audit", "settings", "lookup", "possession", "billing", "models"},
	"access":              {"audit", "billing", "settings", "storage/rows", "models"},
	"staff":               {"audit", "storage/rows", "models"},
	"audit":               {"storage/rows", "models"},
	"settings":            {"models"},
	"lookup":              {"billing", "webhooks", "settings", "storage/rows", "models", "traces"},
	"possession":          {"webhooks", "settings", "storage/rows", "models"},
	"billing":             {"storage/rows", "models"},
	"payments":            {"providers/gate", "storage/rows", "models"},
	"batches":             {"storage/rows", "models"},
	"webhooks":            {"storage/rows", "models", "traces"},
	"providers":           {"lookup", "models", "providers/gate", "traces"}, // and none of the adapters, which implement its port
	"providers/gate":      {"config", "models"},
	"providers/vendor":    {"providers", "providers/definitions", "providers/gate", "lookup", "config", "models"},
	"providers/directory": {"providers", "providers/gate", "lookup", "models"},
	"providers/simulator": {"providers/definitions"},
	"providers/channel":   {"providers/gate", "providers/channel/smpp", "possession", "config", "models"},
	"storage":             {"models"},
	"storage/rows":        {"models"},
	"storage/storagetest": {"storage", "test/wait"},
	"test/smsc":           {"test/npm"},
}

// home is where a library lives, or where it does not.
type home struct {
	library string // and everything below it
	only    []string
	never   []string
}

// edges are the rooms that speak HTTP with callers.
var edges = []string{
	"handlers", "handlers/edge", "handlers/youverify", "handlers/v1", "handlers/lumin", "handlers/digipay", "handlers/zitadel",
	"handlers/callbacks", "handlers/console", "handlers/operator", "handlers/ops",
}

var homes = []home{
	{library: "github.com/gofiber/fiber", only: append([]string{"app"}, edges...)},
	{library: "gorm.io/gorm", never: edges},
	{library: "gorm.io/gorm", never: []string{
		"providers", "providers/gate", "providers/vendor", "providers/directory", "providers/channel",
		"providers/channel/smpp", "providers/simulator", "models", "settings", "config", "docs", "dashboard", "views",
	}},
	{library: "gorm.io/driver", only: []string{"storage"}},
	{library: "github.com/jackc/pgx", only: []string{"storage", "storage/storagetest"}},
	{library: "github.com/glebarez", only: []string{"storage"}},
	{library: "modernc.org", only: []string{"storage"}},
	{library: "github.com/sony/gobreaker", only: []string{"providers/gate"}},
	{library: "github.com/wneessen/go-mail", only: []string{"providers/channel"}},
	{library: "github.com/knadh/koanf", only: []string{"config"}},
	{library: "github.com/go-viper/mapstructure", only: []string{"config"}},
	{library: "go.yaml.in/yaml/v3", only: []string{"payments", "providers/vendor", "providers/simulator", "test/images/podmankube"}},
	{library: "connectrpc.com/connect", only: []string{"handlers/zitadel", "handlers/zitadel/zitadelproto"}},
	{library: "net/http", never: []string{
		"models", "billing", "lookup", "possession", "access", "staff", "audit", "settings", "storage", "providers", "providers/directory", "views",
	}},
	{library: "github.com/urfave/cli", only: []string{"commands"}},
	{library: "github.com/coreos/go-oidc", only: []string{"app"}},
	{library: "github.com/valyala/fasthttp", only: []string{"handlers/edge"}},
	{library: "html/template", only: []string{"dashboard", "handlers/console", "handlers/operator"}},
	{library: "go.opentelemetry.io", only: []string{"traces", "traces/tracestest"}},
	{library: "github.com/chromedp", only: []string{}}, // tests drive a browser, nothing else does
}

// rooms are the folders that may stand at the top of the tree.
var rooms = []string{
	"access", "app", "audit", "batches", "bench", "billing", "commands", "config", "dashboard", "deploy", "docs", "handlers", "lookup", "models",
	"payments", "possession", "providers", "settings", "staff", "storage", "test", "traces", "views", "webhooks", ".git", ".github", ".ci", "whoseline-demo", "dist",
}

// pkg is what the go command knows of a package.
type pkg struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	Deps         []string
	TestImports  []string
	XTestImports []string
}

// room is the package's path inside the module.
func (p pkg) room() string { return inside(p.ImportPath) }

func (p pkg) exempt() bool { return strings.HasPrefix(p.room(), "bench") }

func inside(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func ours(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

func packages(t *testing.T) (list []pkg) {
	t.Helper()
	command := exec.Command("go", "list", "-json", module+"/...")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for from := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := from.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func TestRoomsNameOnlyTheRoomsThatTheyMay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if p.exempt() {
			continue
		}
		for _, imported := range p.Imports {
			if ours(imported) && !slices.Contains(allowedImports[p.room()], inside(imported)) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// A test may bring in what the room itself may not, but nothing that rests on the room: that would be a circle. The
// whole gateway is the exception, since it is what callers of the edge talk to.
func TestTestsOfARoomRestOnNothingAboveIt(t *testing.T) {
	t.Parallel()
	list := packages(t)
	restsOn := map[string][]string{}
	for _, p := range list {
		restsOn[p.ImportPath] = p.Deps
	}
	for _, p := range list {
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			whole := p.room() == "handlers" && inside(imported) == "app"
			if p.exempt() || !ours(imported) || whole || inside(imported) == "storage/storagetest" {
				continue
			}
			if slices.Contains(restsOn[imported], p.ImportPath) {
				t.Errorf("a test of %s imports %s, which rests on it", p.ImportPath, imported)
			}
		}
	}
}

func TestLibrariesStayInTheirHomes(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			for _, h := range homes {
				if p.exempt() || imported != h.library && !strings.HasPrefix(imported, h.library+"/") {
					continue
				}
				if h.only != nil && !slices.Contains(h.only, p.room()) || slices.Contains(h.never, p.room()) {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
	}
}

// Generated messages are the exception: they make themselves known to the library before anything runs.
func TestNothingHappensBeforeMain(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			if strings.HasSuffix(name, ".pb.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s/%s has an init function", p.room(), name)
				}
			}
		}
	}
}

func TestTheTreeHasNoRoomsButTheKnownOnes(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(rooms, e.Name()) {
			t.Errorf("unknown folder %s", e.Name())
		}
	}
}

// climbing is a relative path that goes up first; absolute is one into the machine on which the project was written.
var (
	climbing = regexp.MustCompile(`(?:^|[^.\w/])((?:\.\./)+[\w-][\w.-]*)`)
	absolute = regexp.MustCompile(`(?:^|[^\w.])/` + `work(?:/|\b)|/` + `root/|/` + `home/\w+/`)
)

func TestNoFilePointsOutOfTheProject(t *testing.T) {
	t.Parallel()
	tree := os.DirFS("..")
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{".git", ".ci", "whoseline-demo"}, name):
			return fs.SkipDir
		case name == ".git": // a second work tree's, which names the first
			return nil
		case !e.Type().IsRegular() || strings.Contains(name, ".min.") || strings.Contains(name, "-min."):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		for _, found := range pointsOut(path.Dir(name), text) {
			t.Errorf("%s mentions %s", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pointsOut gives the paths in a text that lead out of the project from a folder in it.
func pointsOut(folder string, text []byte) (found []string) {
	for _, match := range climbing.FindAllSubmatch(text, -1) {
		if to := path.Join(folder, string(match[1])); strings.HasPrefix(to, "..") {
			found = append(found, string(match[1]))
		}
	}
	for _, match := range absolute.FindAll(text, -1) {
		found = append(found, string(match))
	}
	return found
}

func TestPathsOutOfTheProjectAreRecognised(t *testing.T) {
	t.Parallel()
	up := "." + "./"
	for text, out := range map[string]bool{
		"see " + up + "models/error.go": false, "see " + up + up + "notes.md": true, "[a](" + up + up + "b)": true,
		"cd /" + "work/main": true, "the frame" + "work/x": false, "a" + "..." + "/b": false,
	} {
		if got := pointsOut("docs", []byte(text)); (len(got) > 0) != out {
			t.Errorf("%q: %v", text, got)
		}
	}
}
