package app_test

import (
	"encoding/base64"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"whoseline/config"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// documentedMetrics are those that the page on running a gateway lists.
func documentedMetrics(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/operate/run.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## Metrics\n")
	if !found {
		t.Fatal("the page has no section Metrics")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	names := firsts(regexp.MustCompile("`(whoseline_[a-z_]+)"), section)
	slices.Sort(names)
	return slices.Compact(names)
}

// unknownAtFirst are figures that nobody can know before something was asked. The page names them too.
var unknownAtFirst = []string{
	"whoseline_provider_success_ratio", "whoseline_vendor_balance_low", "whoseline_vendor_balance_minor_units", "whoseline_verify_age_seconds",
}

func TestAFreshGatewayShowsEveryMetricThatIsDocumentedAndNoOther(t *testing.T) {
	t.Parallel()
	settings := config.Default()
	settings.Database.URL = storagetest.MigratedURL(t, storage.SQLite)
	settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	settings.Providers.Live = []string{"dojah", "directory"}
	settings.Providers.Vendor = map[string]config.Vendor{"dojah": {Secret: "s", AppID: "a"}}
	settings.Channels.Live = []string{"outbox"}
	a := opened(t, settings, models.World{})
	families, err := a.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "whoseline_") {
			shown = append(shown, f.GetName())
		}
	}
	offered := slices.DeleteFunc(slices.Sorted(maps.Keys(described(t, a.Registry()))), func(name string) bool {
		return !strings.HasPrefix(name, "whoseline_")
	})
	told := documentedMetrics(t)
	for _, name := range told {
		if !slices.Contains(shown, name) && !slices.Contains(unknownAtFirst, name) {
			t.Errorf("%s is documented and not shown", name)
		}
	}
	for _, name := range offered {
		if !slices.Contains(told, name) {
			t.Errorf("%s is not documented", name)
		}
	}
}
