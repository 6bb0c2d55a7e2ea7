package lookup

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// asksDatabase are the ways to the database. They are declared in store.go.
var asksDatabase = []string{"of", "readOf", "all", "readAll", "primary", "replica"}

func TestOnlyTheStoreAsksTheDatabase(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	set, asked := token.NewFileSet(), 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, is := n.(*ast.SelectorExpr)
			if !is || !slices.Contains(asksDatabase, selector.Sel.Name) {
				return true
			}
			x, is := selector.X.(*ast.Ident)
			if !is || !slices.Contains([]string{"s", "l", "m"}, x.Name) { // a service, a lease, a memory
				return true
			}
			if asked++; !strings.HasPrefix(name, "store") {
				t.Errorf("%s asks the database", set.Position(selector.Pos()))
			}
			return true
		})
	}
	if asked < 20 {
		t.Errorf("the test saw %d calls: the store asks in another way now", asked)
	}
}
