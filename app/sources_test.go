package app

import (
	"strings"
	"testing"

	"whoseline/config"
	"whoseline/providers/directory"
	"whoseline/providers/vendor"
)

func TestSourcesAreMadeByName(t *testing.T) {
	t.Parallel()
	catalog, err := Definitions("")
	if err != nil {
		t.Fatal(err)
	}
	for names, want := range map[string]string{
		"directory sandbox": "", "sandbox oracle": `unknown source "oracle" (known: directory, sandbox, camara, dojah,`,
		"sandbox sandbox": "named twice", "dojah": `source "dojah": providers.vendor.dojah.secret is not set`,
	} {
		s := sources{directory: directory.New(nil, nil, nil), vendors: vendor.Parts{Catalog: catalog}}
		made, err := s.make(strings.Fields(names))
		if want == "" && (err != nil || len(made) != 2 || made[0].Name != "directory" || made[1].Name != "sandbox") {
			t.Errorf("%s: %v, %v", names, made, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", names, err, want)
		}
	}
	strange := map[string]config.Vendor{"dojha": {Secret: "hush"}}
	if _, err := (sources{vendors: vendor.Parts{Catalog: catalog, Vendors: strange}}).make(nil); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("an account with a stranger: %v", err)
	}
}
