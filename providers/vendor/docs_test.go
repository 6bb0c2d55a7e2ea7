package vendor

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"whoseline/models"
)

// The guide's steps, as a reader would take them: its files are written into a folder, checked, and the vendor asked.
func TestTheGuidesProviderWorksAsItIsPrinted(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	blocks := regexp.MustCompile("(?s)```[a-z]+ file=(\\S+)\n(.*?)```").FindAllSubmatch(guide, -1)
	if len(blocks) != 4 {
		t.Fatalf("%d files in the guide", len(blocks))
	}
	for _, b := range blocks {
		write(t, folder, string(b[1]), string(b[2]))
	}
	if problems := Lint(folder); len(problems) > 0 {
		t.Fatal(problems)
	}
	known, err := Definitions(folder)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := fixtures(os.DirFS(folder), filepath.Join(folder, "fixtures"))
	for _, f := range all {
		replayOverSocket(t, known.all["acme"], f)
	}
	far := &vendorServer{fixture: all[0]}
	a := account(t, served(t, far.ServeHTTP).URL)
	r := vendorRouter(t, Parts{Catalog: known, Vendors: vendorsAt("acme", a)}, "acme")
	if got := r.Owners(t.Context(), question(t, "08031234567")); got.Outcome != models.OutcomeFound || got.Owners[0].FullName != "DOE JANE" {
		t.Errorf("%+v", got)
	}
}

func TestTheGuideNamesEverythingThatADefinitionCanSay(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for name := range variables {
		words = append(words, name)
	}
	for _, d := range catalogue(t).List() {
		words = append(words, "`"+d.Name+"`")
	}
	words = append(words, yamlWords(t)...)
	for _, word := range words {
		if !regexp.MustCompile(`(^|[^a-z0-9_])` + regexp.QuoteMeta(word) + `([^a-z0-9_]|$)`).Match(guide) {
			t.Errorf("the guide lacks %s", word)
		}
	}
}

// yamlWords gives the keys of definitions and the values that they may have.
func yamlWords(t *testing.T) (words []string) {
	t.Helper()
	var source []byte
	for _, name := range []string{"definition.go", "owed.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, text...)
	}
	for _, m := range regexp.MustCompile(`(?:yaml|one|keys):"([^"]+)"`).FindAllSubmatch(source, -1) {
		for word := range strings.FieldsSeq(string(m[1])) {
			if !oneOf("- not_applicable pending dob names gender nin photo address document currency minor pending_webhook accepted_webhook nested", word) {
				words = append(words, word)
			}
		}
	}
	return words
}
