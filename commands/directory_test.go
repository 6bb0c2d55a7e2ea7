package commands_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnImportedOwnerIsFoundAmongTwentyThousand(t *testing.T) {
	t.Parallel()
	const owners = 20_000
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine, "PROVIDERS__LIVE=directory")
		var file strings.Builder
		file.WriteString("phone,first_name,last_name,date_of_birth\n")
		for i := range owners {
			fmt.Fprintf(&file, "0803%07d,FIRST%d,LAST%d,19%02d-01-02\n", i, i, i, i%100)
		}
		path := filepath.Join(t.TempDir(), "owners.csv")
		if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := s.answer(t, "directory", "import", path); said["imported"] != float64(owners) || said["bad"] != 0.0 {
			t.Fatalf("import: %v", said)
		}
		who := s.tenant(t, 2)
		g := s.serve(t)
		found := g.tell(lookup(who.token, "+234 803 001 2345", ""))
		if found.status != 200 || !strings.Contains(string(found.body), `"fullName":"LAST12345 FIRST12345","dateOfBirth":"1945-01-02"`) {
			t.Errorf("found: %d %s", found.status, found.body)
		}
		missing := g.tell(lookup(who.token, "08030020000", ""))
		if missing.status != 200 || field(t, missing.body, "data", "status") != "not_found" {
			t.Errorf("missing: %d %s", missing.status, missing.body)
		}
		if w := s.wallet(t, who.id); w.Available != 0 || w.Held != 0 {
			t.Errorf("wallet: %+v", w)
		}
		s.mustVerify(t)
	})
}
