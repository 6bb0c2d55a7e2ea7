package simulation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// beyond says why a cell of the table of lookup/life.go is not reached here.
var beyond = map[string]string{
	"open | erased":                 "a row that is open is left to its call, whatever that waits for: it is counted as asking",
	"open | swept":                  "the sweeper does not look what an open lookup waits for: it is counted as asking",
	"awaiting_code | erased":        "an erasure does not look what a pending lookup waits for: it is counted as awaiting_source",
	"awaiting_code | swept":         "the sweeper takes open lookups only",
	"awaiting_source | swept":       "the sweeper takes open lookups only",
	"found | swept":                 "the sweeper takes open lookups only",
	"not_found | swept":             "the sweeper takes open lookups only",
	"failed | swept":                "the sweeper takes open lookups only",
	"asking | code confirmed":       "callers learn a lookup's id with its answer, when it is open no more",
	"asking | answer brought later": "",
	"open | caller gone":            "",
	"asking | caller gone":          "",
}

// cells reads the table of lookup/life.go: every state and event that it knows.
func cells() (all []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "lookup", "life.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	words, ended := map[string]string{}, []string{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) {
					if text, is := n.Values[i].(*ast.BasicLit); is {
						words[name.Name], _ = strconv.Unquote(text.Value)
					}
				}
			}
		case *ast.FuncDecl:
			if n.Name.Name == "ended" {
				ended = keysOf(n.Body)
			}
		}
		return true
	})
	ast.Inspect(file, func(n ast.Node) bool {
		entry, is := n.(*ast.KeyValueExpr)
		if !is || !strings.HasPrefix(fmt.Sprint(entry.Key), "state") {
			return true
		}
		events := keysOf(entry.Value)
		if _, call := entry.Value.(*ast.CallExpr); call {
			events = ended
		}
		for _, e := range events {
			all = append(all, words[fmt.Sprint(entry.Key)]+" | "+words[e])
		}
		return false
	})
	return all, nil
}

// keysOf gives the events that are keys somewhere in a part of the table.
func keysOf(part ast.Node) (keys []string) {
	ast.Inspect(part, func(n ast.Node) bool {
		if entry, is := n.(*ast.KeyValueExpr); is && strings.HasPrefix(fmt.Sprint(entry.Key), "on") {
			keys = append(keys, fmt.Sprint(entry.Key))
		}
		return true
	})
	return keys
}

// unreached gives the cells that histories have not reached, each with the reason if it cannot be, and how many have none.
func (r *report) unreached(t *testing.T) (text string, missed int) {
	t.Helper()
	all, err := cells()
	must(t, err)
	if len(all) < 40 {
		t.Errorf("the table of lookup/life.go was not understood: %v", all)
	}
	for name := range maps.Keys(r.cells) {
		if !slices.Contains(all, name) {
			t.Errorf("a cell was reached that the table does not have: %s", name)
		}
	}
	for _, name := range all {
		if r.cells[name] > 0 {
			continue
		}
		why := beyond[name]
		if why == "" {
			why, missed = "not met by these histories", missed+1
		}
		text += fmt.Sprintf("  %-35s %s\n", name, why)
	}
	return fmt.Sprintf("%d of %d cells reached, the others:\n%s", len(r.cells), len(all), text), missed
}
