package handlers_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dialects are the folders of golden conversations. edge has what all dialects share.
var dialects = []string{"youverify", "lumin", "digipay", "zitadel", "v1", "edge"}

var (
	words  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	caseNo = regexp.MustCompile(`^[a-z][0-9]{2}-`) // a case's number says nothing to whoever reads the folder
)

func TestEveryGoldenConversationIsInADialectsFolderAndNamedForItsBehaviour(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(os.DirFS("testdata"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".txtar" {
			return err
		}
		folder, file := path.Split(strings.TrimSuffix(name, ".txtar"))
		if !slices.Contains(dialects, path.Clean(folder)) {
			t.Errorf("%s is not in a folder of %v, so nothing replays it", name, dialects)
		}
		if !words.MatchString(file) || caseNo.MatchString(file) {
			t.Errorf("%s: a name is words of small letters with dashes, and begins with no case's number", name)
		}
		if archive := read(t, "testdata/"+name); len(strings.TrimSpace(string(archive.Comment))) == 0 {
			t.Errorf("%s does not say what it shows", name)
		}
		return nil
	})
	must(t, err)
}
