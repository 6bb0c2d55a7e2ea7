package app_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A package comment begins with the question that the room answers, and so does its row in the table.
var (
	answers  = regexp.MustCompile(`^Package \w+ answers: ([^?]+\?)`)
	tableRow = regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\| ([^?|]+\\?)")
)

// questions gives the question that each room answers by its package comment. Benchmarks and tests are no rooms.
func questions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, p := range packages(t) {
		if p.room() == "" || p.exempt() || strings.HasPrefix(p.room(), "test/") || len(p.GoFiles) == 0 {
			continue
		}
		var told string
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if file.Doc != nil {
				told += strings.Join(strings.Fields(file.Doc.Text()), " ")
			}
		}
		found := answers.FindStringSubmatch(told)
		if found == nil {
			t.Errorf("%s: its comment is to begin with: Package %s answers: …?", p.room(), filepath.Base(p.Dir))
			continue
		}
		all[p.room()] = found[1]
	}
	return all
}

func TestTheTableOfRoomsSaysWhatThePackageCommentsSay(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/contributors.md")
	if err != nil {
		t.Fatal(err)
	}
	rooms := questions(t)
	told := map[string]bool{}
	for _, row := range tableRow.FindAllStringSubmatch(string(guide), -1) {
		told[row[1]] = true
		if question, is := rooms[row[1]]; is && question != row[2] {
			t.Errorf("docs/contributors.md says that %s answers: %s Its comment says: %s", row[1], row[2], question)
		}
		if _, err := os.Stat("../" + row[1]); err != nil {
			t.Errorf("docs/contributors.md names %s, which there is not", row[1])
		}
	}
	for room, question := range rooms {
		if !told[room] {
			t.Errorf("docs/contributors.md lacks the row | `%s` | %s |", room, question)
		}
	}
}
