package handlers_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/storage"
)

// onlyByOne are conversations about what one version of HTTP has and the other has not.
var onlyByOne = map[string]string{
	"odd-bytes":       "a header of HTTP/2 that holds NUL is refused by the client's own library",
	"subjects-errors": "a path that no URL has is refused by the client's own library",
	"z16-errors-415":  "gRPC needs HTTP/2, and is refused over the other",
}

// Every golden conversation goes over HTTP/2 as it does over HTTP/1.1: the same statuses, headers and bodies.
func TestEveryConversationIsTheSameOverHTTP2(t *testing.T) {
	t.Parallel()
	for _, path := range conversations(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		if onlyByOne[name] != "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive := read(t, path)
			for i := range archive.Files {
				f := &archive.Files[i]
				if strings.HasSuffix(f.Name, "-request") || strings.HasSuffix(f.Name, "-start") {
					f.Data = []byte(strings.Replace(string(f.Data), " HTTP/1.1\n", " HTTP/2.0\n", 1))
				}
			}
			replay(t, storage.SQLite, archive, sameButForVersion)
		})
	}
}

func sameButForVersion(t *testing.T, f *txtar.File, got string) {
	t.Helper()
	plain := func(text string) []string {
		lines := strings.Split(strings.Replace(text, "HTTP/2.0 ", "HTTP/1.1 ", 1), "\n")
		for i, line := range lines {
			lines[i] = strings.TrimRight(line, " ") // blanks at the end of a header mean nothing
		}
		return lines
	}
	if diff := cmp.Diff(plain(string(f.Data)), plain(got)); diff != "" {
		t.Errorf("%s (-HTTP/1.1 +HTTP/2):\n%s", f.Name, diff)
	}
}
