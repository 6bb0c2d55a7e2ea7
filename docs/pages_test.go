package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guides are the pages that people read to use, run or change the product.
func guides(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".md" {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestTheContentsLeadToEveryPage(t *testing.T) {
	t.Parallel()
	contents := string(text(t, "docs/README.md"))
	for _, name := range guides(t) {
		if dir := filepath.Dir(name); dir == "decisions" || dir == "dialects" || name == "README.md" {
			continue // their folders are listed
		}
		if !strings.Contains(contents, "]("+name+")") {
			t.Errorf("docs/README.md does not lead to %s", name)
		}
	}
}

func TestCellsOfTablesAreShort(t *testing.T) {
	t.Parallel()
	for _, name := range guides(t) {
		if dir := filepath.Dir(name); dir != "integrate" && dir != "operate" && name != "README.md" {
			continue
		}
		for _, line := range strings.Split(string(text(t, "docs/"+name)), "\n") {
			for _, cell := range strings.Split(line, "|") {
				if strings.HasPrefix(line, "|") && len([]rune(strings.TrimSpace(cell))) >= 120 {
					t.Errorf("%s: %s", name, cell)
				}
			}
		}
	}
}

var anchor = regexp.MustCompile(`\]\(([^)#\s:]*)#([^)\s]+)\)`)

func TestLinksToSectionsLeadToThem(t *testing.T) {
	t.Parallel()
	for _, name := range guides(t) {
		for _, m := range anchor.FindAllStringSubmatch(string(text(t, "docs/"+name)), -1) {
			page := name
			if m[1] != "" {
				page = filepath.ToSlash(filepath.Join(filepath.Dir(name), m[1]))
			}
			if filepath.Ext(page) == ".md" && !sections(t, page)[m[2]] {
				t.Errorf("%s: %s has no section %s", name, page, m[2])
			}
		}
	}
}

var unlinked = regexp.MustCompile(`[^\pL\pN_ -]`)

// sections are the names by which the headings of a page are linked to.
func sections(t *testing.T, page string) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, line := range strings.Split(string(content), "\n") {
		if title, is := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); is && strings.HasPrefix(line, "#") {
			found[strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(title), ""), " ", "-")] = true
		}
	}
	return found
}
