package app_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"whoseline/access"
	"whoseline/models"
)

// The page about evidence shows the tables that the code goes by, line for line.
func TestThePageAboutEvidenceIsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/evidence.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{"| channel | assurance | counts as holding the number | what happened |", "|---|---|---|---|"}
	for _, e := range models.AllEvidence() {
		counts := map[bool]string{true: "yes", false: "no"}[e.Assurance.Holds()]
		kinds = append(kinds, fmt.Sprintf("| `%s` | `%s` | %s | %s |", e.Channel, e.Assurance, counts, e.Meaning))
	}
	doors := []string{"| dialect | door | credential | acts for | evidence |", "|---|---|---|---|---|"}
	for _, d := range access.Doors() {
		for _, e := range d.Takes {
			var gives []string
			for _, c := range e.Gives {
				gives = append(gives, "`"+string(c)+"`")
			}
			doors = append(doors, fmt.Sprintf("| %s | %s | %s | %s | %s |", d.Dialect, d.Name, e.By, e.Reach, strings.Join(gives, ", ")))
		}
	}
	for _, table := range [][]string{kinds, doors} {
		want := "\n\n" + strings.Join(table, "\n") + "\n"
		if at := strings.Index(string(text), want); at < 0 || strings.HasPrefix(string(text)[at+len(want):], "|") {
			t.Errorf("docs/evidence.md does not show exactly\n%s", strings.Join(table, "\n"))
		}
	}
}
