package docs_test

import (
	"strings"
	"testing"
)

func TestTheGlossaryHasEachNounOnceAndInARoomThatExists(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, line := range strings.Split(string(text(t, "docs/glossary.md")), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "noun" {
			continue
		}
		for _, noun := range strings.Split(cells[1], ",") {
			if noun = strings.TrimSpace(noun); seen[noun] {
				t.Errorf("%q is there twice", noun)
			}
			seen[noun] = true
		}
		for _, room := range quoted.FindAllStringSubmatch(cells[2], -1) {
			if !there(room[1]) {
				t.Errorf("%s: there is no room %s", cells[1], room[1])
			}
		}
	}
	if len(seen) < 50 {
		t.Fatalf("only %d nouns were found", len(seen))
	}
}
