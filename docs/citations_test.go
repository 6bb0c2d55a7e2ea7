package docs

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the repository, as seen from here.
const root = ".."

var (
	// id is one of a decision or of a group of conversations, as docs/dialects has them.
	id = regexp.MustCompile(`\b(?:R-)?[XYLDZ]-?[0-9]{1,2}\b`)

	decided = regexp.MustCompile(`\*\*((?:R-)?[XYLDZ][0-9]+)\*\*`)
	shown   = regexp.MustCompile(`^\| ([XYLDZ]-[0-9]+) \|`)
	quoted  = regexp.MustCompile("`([^`]+)`")

	// elsewhere is how one cites a document that a clone does not have. Sections of public standards are another matter.
	elsewhere = regexp.MustCompile(`(?i)\bwire contracts?\b|\bsections? [0-9]|§ ?[0-9]|\b6\.1\b`)
	standard  = regexp.MustCompile(`RFC|W3C|3GPP|GSM|SMPP`)

	document = regexp.MustCompile(`\b(?:docs|handlers/testdata)/[\w./-]*\w\.(?:md|yaml|html|txtar)\b`)
	link     = regexp.MustCompile(`\]\(([^)#\s]+)`)
)

func TestEveryCitedIdStandsInOneDialectsPage(t *testing.T) {
	t.Parallel()
	places := map[string][]string{}
	for _, name := range pages(t) {
		for _, line := range strings.Split(string(text(t, name)), "\n") {
			for _, one := range defined(line) {
				places[one] = append(places[one], name)
			}
		}
	}
	for one, where := range places {
		if len(where) > 1 {
			t.Errorf("%s is explained %d times: %v", one, len(where), where)
		}
	}
	eachText(t, func(name, said string) {
		for _, one := range ids(said) {
			if places[one] == nil {
				t.Errorf("%s cites %s, which no page of docs/dialects has", name, one)
			}
		}
	})
}

func TestNoFileCitesADocumentThatACloneDoesNotHave(t *testing.T) {
	t.Parallel()
	eachText(t, func(name, said string) {
		for _, what := range missing(name, said) {
			t.Errorf("%s cites %s", name, what)
		}
	})
}

func TestEveryConversationThatADialectsPageNamesIsThere(t *testing.T) {
	t.Parallel()
	for _, name := range pages(t) {
		_, table, _ := strings.Cut(string(text(t, name)), "\n## Conversations\n")
		for _, line := range strings.Split(table, "\n") {
			cells := strings.Split(line, "|")
			if len(cells) != 5 {
				continue
			}
			for _, m := range quoted.FindAllStringSubmatch(cells[3], -1) {
				if file := conversation(strings.TrimSuffix(path.Base(name), ".md"), m[1]); !there(file) {
					t.Errorf("%s: there is no %s", name, file)
				}
			}
		}
	}
}

func TestACitationThatLeadsNowhereIsSeen(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]int{
		"section 5.4 of the wire contracts":            1,
		"sections 2.2 and 6.2":                         1,
		"RFC 9113, section 3.4":                        0,
		"[beside the clone](../" + "../other/x.md)":    1,
		"as docs/dialects/lumin.md has it":             0,
		"as docs/dialects/nobody.md has it":            1,
		"[a page](operators.md#x), [none](nowhere.md)": 1,
		"[outside](https://example.com/x.md)":          0,
		"handlers/testdata/lumin/no-such-file.txtar":   1,
	} {
		if got := missing("docs/x.md", said); len(got) != want {
			t.Errorf("%s: %v", said, got)
		}
	}
	if got := fmt.Sprint(ids("Y-8 to Y-12, R-X8/X9 (L3); [A-Z0-9], client=Z-100, X-1-2")); got != "[Y-8 Y-12 R-X8 X9 L3]" {
		t.Error(got)
	}
	if got := fmt.Sprint(defined("**X1**, **R-X1** and X2"), defined("| Y-1 | found |")); got != "[X1 R-X1] [Y-1]" {
		t.Error(got)
	}
}

// ids are those that a text cites. What is part of a longer word with dashes, such as A-Z0-9, is none.
func ids(said string) (found []string) {
	for _, at := range id.FindAllStringIndex(said, -1) {
		if strings.HasSuffix(said[:at[0]], "-") || strings.HasPrefix(said[at[1]:], "-") {
			continue
		}
		found = append(found, said[at[0]:at[1]])
	}
	return found
}

// defined are the ids that a line of a page explains: bold ones, and the first cell of a table of conversations.
func defined(line string) (found []string) {
	for _, m := range decided.FindAllStringSubmatch(line, -1) {
		found = append(found, m[1])
	}
	if m := shown.FindStringSubmatch(line); m != nil {
		found = append(found, m[1])
	}
	return found
}

// missing are the documents that a file's text cites and that are not there, and the ways to cite one that cannot be.
func missing(name, said string) (found []string) {
	for _, line := range strings.Split(said, "\n") {
		if m := elsewhere.FindString(line); m != "" && !standard.MatchString(line) {
			found = append(found, m)
		}
	}
	for _, m := range document.FindAllString(said, -1) {
		if !there(m) {
			found = append(found, m)
		}
	}
	if path.Ext(name) != ".md" {
		return found
	}
	for _, m := range link.FindAllStringSubmatch(said, -1) {
		if !strings.Contains(m[1], ":") && !there(path.Join(path.Dir(name), m[1])) {
			found = append(found, m[1])
		}
	}
	return found
}

// conversation is the file that a dialect's page means.
func conversation(dialect, name string) string {
	switch {
	case strings.HasSuffix(name, ".go"):
		return name
	case strings.Contains(name, "/"):
		return "handlers/testdata/" + name + ".txtar"
	}
	return "handlers/testdata/" + dialect + "/" + name + ".txtar"
}

// there tells whether a clone has a file.
func there(name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil && !strings.HasPrefix(name, "..")
}

func pages(t *testing.T) (names []string) {
	t.Helper()
	found, err := filepath.Glob("dialects/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, name := range found {
		names = append(names, "docs/"+filepath.ToSlash(name))
	}
	return names
}

func text(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// eachText hands over what every file says to its reader: code its comments, a conversation what stands above it, and
// everything else all of it. Others' libraries are left out, and so is what runs the project's own machines.
func eachText(t *testing.T, use func(name, said string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, _ := filepath.Rel(root, at)
		name := filepath.ToSlash(relative)
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		kinds := []string{".go", ".md", ".txtar", ".yaml", ".toml", ".sh", ".sql", ".html", ".proto", ".css"}
		if !slices.Contains(kinds, path.Ext(name)) && entry.Name() != "Makefile" && entry.Name() != "Dockerfile" {
			return nil
		}
		if name != "docs/citations_test.go" { // it is about them
			use(name, spoken(name, text(t, name)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func spoken(name string, content []byte) string {
	switch path.Ext(name) {
	case ".go":
		return comments(content)
	case ".txtar":
		above, _, _ := strings.Cut("\n"+string(content), "\n-- ")
		return above
	}
	return string(content)
}

// comments are those of a Go file.
func comments(source []byte) (said string) {
	var s scanner.Scanner
	files := token.NewFileSet()
	s.Init(files.AddFile("", files.Base(), len(source)), source, nil, scanner.ScanComments)
	for {
		_, kind, literal := s.Scan()
		switch kind {
		case token.EOF:
			return said
		case token.COMMENT:
			said += literal + "\n"
		}
	}
}
