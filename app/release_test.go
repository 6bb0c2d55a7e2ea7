package app_test

import (
	"encoding/base64"
	"io"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"whoseline/app"
	"whoseline/config"
	"whoseline/docs"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// The source names the release that it was last; a build of a tag names the tag instead.
func TestTheReleaseIsNamedAlikeEverywhere(t *testing.T) {
	t.Parallel()
	for file, pattern := range map[string]string{
		"../CHANGELOG.md":           `(?m)^## (\d\S*) - `,
		"../docs/openapi.yaml":      `(?m)^  version: (.*)$`,
		"../deploy/helm/Chart.yaml": `(?m)^appVersion: "(.*)"$`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if named := regexp.MustCompile(pattern).FindSubmatch(text); named == nil || string(named[1]) != app.Version {
			t.Errorf("%s names %s, the source %s", file, named, app.Version)
		}
	}
}

func TestTheServedDocumentNamesTheReleaseThatServesIt(t *testing.T) {
	t.Parallel()
	tagged, err := docs.Document("9.8.7-rc.1")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(tagged), "\n  version: 9.8.7-rc.1\n"); n != 1 {
		t.Fatalf("the release stands in the document %d times", n)
	}
	plain, err := docs.Document(app.Version)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(string(tagged), "\n  version: 9.8.7-rc.1\n", "\n  version: "+app.Version+"\n") != string(plain) {
		t.Error("more than the release differs")
	}
	settings := config.Default()
	settings.Database.URL = storagetest.MigratedURL(t, storage.SQLite)
	settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	settings.Providers.Live = []string{"sandbox"}
	answer, err := opened(t, settings, models.World{}).HTTP.Test(httptest.NewRequest("GET", "/docs/openapi.yaml", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if served, err := io.ReadAll(answer.Body); err != nil || string(served) != string(plain) {
		t.Errorf("served: %d bytes, %v", len(served), err)
	}
}
