package app_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What fits the eye.
const (
	mostLines         = 250 // of a file
	mostFunctionLines = 40  // between a function's braces
)

// longFunctions are tables that are written as code, each with how long it may be.
var longFunctions = map[string]int{
	"app.build":                         50, // who is made of what
	"app.checks":                        50, // what readiness asks
	"commands.key":                      60, // a command, its subcommands and their flags; so are the next
	"commands.seal":                     60,
	"commands.user":                     60,
	"commands.wallet":                   60,
	"commands.webhook":                  60,
	"handlers/console.route":            60, // the pages
	"handlers/youverify.appendIdentity": 60, // the members of an answer, in their order
}

// longFiles are longer than mostLines, each with how long it may be.
var longFiles = map[string]int{
	"app/app.go":                380, // the wiring, read from top to bottom
	"billing/store_postgres.go": 375, // four statements, and the columns that they take
}

func TestFilesAndFunctionsFitTheEye(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			where := path.Join(p.room(), name)
			if p.exempt() || strings.HasPrefix(where, "test/") || strings.HasSuffix(name, ".pb.go") || strings.HasSuffix(name, ".connect.go") {
				continue
			}
			text, err := os.ReadFile(path.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(text, []byte("\n")); lines > max(mostLines, longFiles[where]) {
				t.Errorf("%s has %d lines", where, lines)
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, text, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				f, is := d.(*ast.FuncDecl)
				if !is || f.Body == nil {
					continue
				}
				if lines := set.Position(f.Body.Rbrace).Line - set.Position(f.Body.Lbrace).Line - 1; lines > max(mostFunctionLines, longFunctions[p.room()+"."+f.Name.Name]) {
					t.Errorf("%s: %s has %d lines", where, f.Name.Name, lines)
				}
			}
		}
	}
}

// replaced are words that the glossary has replaced, as part of a name, by the rooms in which they must not come back. A claim
// is still a member of a token where tokens are read.
var replaced = map[string][]string{
	"claim":    {"possession", "webhooks", "billing", "lookup", "models"},
	"claimed":  {"possession", "webhooks", "billing", "lookup", "models"},
	"purse":    {"possession", "billing", "app"},
	"desk":     {"possession"},
	"sitting":  {"billing"},
	"likeness": {"models", "lookup", "providers/vendor"},
	"posted":   {"possession"},
	"outbox":   {"possession"},
	"receipt":  {"possession", "handlers/callbacks"},
	"inbox":    {"handlers/callbacks", "handlers"},
	"face":     {"access", "handlers", "handlers/edge", "handlers/lumin", "handlers/digipay", "handlers/zitadel"},
	"faces":    {"access", "handlers", "handlers/edge", "handlers/lumin", "handlers/digipay", "handlers/zitadel"},
}

var wordInName = regexp.MustCompile(`[A-Z]?[a-z]+`)

func TestNamesUseTheGlossarysWords(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				id, is := n.(*ast.Ident)
				if !is {
					return true
				}
				for _, word := range wordInName.FindAllString(id.Name, -1) {
					seen++
					if slices.Contains(replaced[strings.ToLower(word)], p.room()) {
						t.Errorf("%s/%s:%d: the glossary has another word than the one in %s", p.room(), name, set.Position(id.Pos()).Line, id.Name)
					}
				}
				return true
			})
		}
	}
	if seen < 10_000 {
		t.Errorf("%d words were looked at", seen)
	}
}
