package app_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// storeRooms keep their database calls in files called store*.go: whatever is called on a handle, and whatever is given one
// that it did not get as a parameter. A rule that runs inside a transaction may name the transaction that it was given and
// hand it to the functions of a store, its room's or another's. Storage is where the handles come from.
var storeRooms = []string{
	"access", "app", "audit", "billing", "commands", "lookup", "possession", "settings", "staff", "webhooks",
}

// outsideStores are the functions that give a handle away outside a store file, each with its reason.
var outsideStores = map[string]string{
	"app/app.go OpenKeyring": "wiring gives the keyring its handle",
	"app/app.go build":       "wiring gives the trail its handles; the other rooms get theirs in a struct",
}

func TestOnlyStoreFilesCallTheDatabase(t *testing.T) {
	t.Parallel()
	list, exports := compiled(t)
	calls, excepted := 0, map[string]bool{}
	for _, p := range list {
		if !slices.Contains(storeRooms, p.room()) {
			continue
		}
		for _, c := range databaseCalls(t, p, exports) {
			calls++
			where := p.room() + "/" + c.file + " " + c.function
			if strings.HasPrefix(c.file, "store") {
				continue
			}
			if _, known := outsideStores[where]; known {
				excepted[where] = true
				continue
			}
			t.Errorf("%s:%d: %s calls the database: %s", p.room()+"/"+c.file, c.line, c.function, c.what)
		}
	}
	for where := range outsideStores {
		if !excepted[where] {
			t.Errorf("%s is excepted and needs it no more", where)
		}
	}
	if calls < 400 {
		t.Errorf("the test saw %d calls: the rooms call the database in another way now", calls)
	}
}

// compiled gives the packages of the module and where the compiler wrote down what each of their imports exports.
func compiled(t *testing.T) (list []pkg, exports map[string]string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export", module+"/app", module+"/commands").Output()
	if err != nil {
		t.Fatal(err)
	}
	exports = map[string]string{}
	for from := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			pkg
			Export string
		}
		err := from.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list, exports
		}
		if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if ours(p.ImportPath) {
			list = append(list, p.pkg)
		}
	}
}

// databaseCall is a method that is called on a database handle, or a handle that is given away.
type databaseCall struct {
	file, function, what string
	line                 int
}

func databaseCalls(t *testing.T, p pkg, exports map[string]string) (calls []databaseCall) {
	t.Helper()
	set := token.NewFileSet()
	files := make([]*ast.File, len(p.GoFiles))
	for i, name := range p.GoFiles {
		var err error
		if files[i], err = parser.ParseFile(set, path.Join(p.Dir, name), nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	from := importer.ForCompiler(set, "gc", func(name string) (io.ReadCloser, error) { return os.Open(exports[name]) })
	if _, err := (&types.Config{Importer: from}).Check(p.ImportPath, set, files, &info); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is {
				continue
			}
			for _, c := range callsIn(f, info) {
				at := set.Position(c.Pos())
				calls = append(calls, databaseCall{path.Base(at.Filename), f.Name.Name, types.ExprString(c), at.Line})
			}
		}
	}
	return calls
}

func callsIn(f *ast.FuncDecl, info types.Info) (calls []ast.Expr) {
	ast.Inspect(f, func(n ast.Node) bool {
		c, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		on := func(x ast.Expr) bool { return info.Types[x].IsValue() && isHandle(info.Types[x].Type) }
		given := func(x ast.Expr) bool {
			_, plain := x.(*ast.Ident)
			return !plain && on(x)
		}
		selected, method := c.Fun.(*ast.SelectorExpr)
		if method && on(selected.X) || slices.ContainsFunc(c.Args, given) {
			calls = append(calls, c.Fun)
		}
		return true
	})
	return calls
}

// isHandle tells whether a type is the database's: GORM's, or the standard library's below it.
func isHandle(t types.Type) bool {
	name := types.TypeString(t, nil)
	return slices.Contains([]string{
		"*gorm.io/gorm.DB", "gorm.io/gorm.DB", "*database/sql.DB", "*database/sql.Tx", "*database/sql.Conn",
	}, name)
}
