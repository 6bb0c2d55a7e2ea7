package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"sync/atomic"
)

// file is a source file and what may be changed in it.
type file struct {
	path, room string
	source     []byte
	mutants    []*mutant
}

// kind is how a change is put into the source.
type kind int

const (
	condition kind = iota // an expression that is true or false
	value                 // any other expression
	statement             // is left out, or replaced
)

type mutant struct {
	number, line, from, to int
	kind                   kind
	was, becomes           string
	impossible             bool // it does not compile
}

func (m *mutant) prefix() string {
	switch m.kind {
	case condition:
		return fmt.Sprintf("func() bool { if mutantOfTheDay == %d { return %s }; return ", m.number, m.becomes)
	case value:
		return fmt.Sprintf("mutantPick(%d, ", m.number)
	}
	return fmt.Sprintf("if mutantOfTheDay == %d { %s } else { ", m.number, m.becomes)
}

func (m *mutant) suffix() string {
	switch m.kind {
	case condition:
		return " }()"
	case value:
		return ", " + m.becomes + ")"
	}
	return " }"
}

// The operators: what each becomes.
var (
	comparisons = map[token.Token]token.Token{
		token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR, token.EQL: token.NEQ, token.NEQ: token.EQL,
		token.LAND: token.LOR, token.LOR: token.LAND,
	}
	sums    = map[token.Token]token.Token{token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.ADD}
	changes = map[token.Token]token.Token{token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN}
)

var numbers atomic.Int64

func read(path string) (*file, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := &file{path: path, room: parsed.Name.Name, source: source}
	at := func(p token.Pos) int { return set.Position(p).Offset }
	for _, d := range parsed.Decls {
		if function, is := d.(*ast.FuncDecl); is && function.Body != nil {
			ast.Inspect(function.Body, func(n ast.Node) bool {
				f.look(n, at, set)
				return true
			})
		}
	}
	return f, nil
}

// look adds what may become of a node.
func (f *file) look(n ast.Node, at func(token.Pos) int, set *token.FileSet) {
	add := func(k kind, n ast.Node, becomes string) {
		f.mutants = append(f.mutants, &mutant{
			number: int(numbers.Add(1)), line: set.Position(n.Pos()).Line, from: at(n.Pos()), to: at(n.End()),
			kind: k, was: f.text(at(n.Pos()), at(n.End())), becomes: becomes,
		})
	}
	part := func(n ast.Node) string { return f.text(at(n.Pos()), at(n.End())) }
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if other, known := comparisons[n.Op]; known {
			add(condition, n, part(n.X)+" "+other.String()+" "+part(n.Y))
		} else if other, known := sums[n.Op]; known {
			add(value, n, part(n.X)+" "+other.String()+" "+part(n.Y))
		}
	case *ast.IfStmt:
		if _, binary := n.Cond.(*ast.BinaryExpr); !binary {
			add(condition, n.Cond, "!("+part(n.Cond)+")")
		}
	case *ast.ReturnStmt:
		for _, r := range n.Results {
			if name, is := r.(*ast.Ident); is && (name.Name == "true" || name.Name == "false") {
				add(condition, r, "!"+name.Name)
			}
		}
	case ast.Stmt:
		lookAtStatement(n, add, part)
	}
}

func lookAtStatement(n ast.Stmt, add func(kind, ast.Node, string), part func(ast.Node) string) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if other, known := changes[n.Tok]; known {
			add(statement, n, part(n.Lhs[0])+" "+other.String()+" "+part(n.Rhs[0]))
		}
	case *ast.IncDecStmt:
		other := map[token.Token]string{token.INC: "--", token.DEC: "++"}[n.Tok]
		add(statement, n, part(n.X)+other)
	case *ast.ExprStmt:
		if _, is := n.X.(*ast.CallExpr); is {
			add(statement, n, "")
		}
	}
}
