package vendor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEverySlipInAFolderIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write(t, folder, "acme.yaml", strings.Replace(small, "outcome: found", "outcome: fnd", 1))
	write(t, folder, "other.yml", strings.Replace(strings.Replace(small, "acme:", "other:", 1), "(4", "", 1)+"  mood: x\n")
	problems := Lint(folder)
	if !mentions(problems, filepath.Join(folder, "acme.yaml")+":11: ", "fnd") || !mentions(problems, filepath.Join(folder, "other.yml")+":16: ", "mood") {
		t.Error(problems)
	}
	_, err := Definitions(folder)
	var first Problem
	if !errors.As(err, &first) || first.Line != 11 {
		t.Error(err)
	}
	if got := Lint(filepath.Join(folder, "absent")); !mentions(got, filepath.Join(folder, "absent")+":1: ", "cannot be read") {
		t.Error(got)
	}
}

func write(t testing.TB, folder, name, text string) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// acmeFixture is a fixture of the small definition.
func acmeFixture(name, body, expect string) string {
	return fmt.Sprintf(`{"provider": "acme", "case": %q, "input": {"number": "+2348031234567"},
"request": {"method": "POST", "path": "/find", "headers": {"key": "{{secret}}"}, "json": {"number": "08031234567"}},
"response": {"status": 200, "body": %s}, "expect": %s}`, name, body, expect)
}

func acmeFolder(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, "acme.yaml", small)
	write(t, folder, "fixtures/acme.found.json", acmeFixture("found", `{"code": "00", "name": "Jane Doe"}`, `{"outcome": "found", "owners": [{"full_name": "JANE DOE"}]}`))
	write(t, folder, "fixtures/acme.not_found.json", acmeFixture("not_found", `{"code": "44"}`, `{"outcome": "not_found"}`))
	write(t, folder, "fixtures/acme.empty.json", acmeFixture("empty", `{}`, `{"outcome": "bad_payload"}`))
	return folder
}

func TestAnOperatorsFolderAddsAndReplacesDefinitions(t *testing.T) {
	t.Parallel()
	folder := acmeFolder(t)
	known, err := Definitions(folder)
	if err != nil {
		t.Fatal(err)
	}
	if known.all["acme"] == nil || known.all["dojah_basic"] == nil {
		t.Error("acme or dojah_basic is missing")
	}
	text := strings.Replace(small, "acme:", "korapay:", 1)
	text = strings.Replace(text, "vendor: acme", "vendor: korapay\n  serves: [basic]", 1)
	write(t, folder, "korapay.yaml", text)
	for _, name := range []string{"found", "not_found", "empty"} {
		fixture, err := os.ReadFile(filepath.Join(folder, "fixtures", "acme."+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, folder, "fixtures/korapay."+name+".json", strings.Replace(string(fixture), `"acme"`, `"korapay"`, 1))
	}
	known, err = Definitions(folder)
	if err != nil {
		t.Fatal(err)
	}
	if got := known.all["korapay"].Request.Path.literal(); got != "/find" {
		t.Errorf("korapay was not replaced: %s", got)
	}
}

func TestAFolderWithoutItsFixturesOrWithWrongOnesIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"missing":   {"fixtures/acme.empty.json", "", "acme.yaml:1: acme: there is no fixture for a failure"},
		"wrong":     {"fixtures/acme.empty.json", acmeFixture("empty", `{}`, `{"outcome": "found"}`), "acme.empty.json:1: outcome is bad_payload, want found"},
		"unknown":   {"fixtures/acme.x.json", strings.Replace(acmeFixture("x", `{}`, `{"outcome": "bad_payload"}`), "acme", "acne", 1), "acme.x.json:1: unknown definition acne"},
		"not JSON":  {"fixtures/acme.x.json", "{\n\n!", "acme.x.json:3: bad fixture"},
		"slip":      {"fixtures/acme.x.json", `{"provder": "acme"}`, "acme.x.json:1: bad fixture"},
		"empty":     {"fixtures/acme.x.json", `{}`, "acme.x.json:1: bad fixture: input.number"},
		"twice":     {"acme2.yaml", small, "acme2.yaml:1: acme stands also in "},
		"too large": {"big.yaml", "# " + strings.Repeat("x", maxDefinitionFile), "big.yaml:1: cannot be read, or is larger"},
	} {
		folder := acmeFolder(t)
		write(t, folder, c.file, c.text)
		if c.text == "" {
			if err := os.Remove(filepath.Join(folder, c.file)); err != nil {
				t.Fatal(err)
			}
		}
		found := false
		for _, p := range Lint(folder) {
			found = found || strings.Contains(p.Error(), c.want)
		}
		if !found {
			t.Errorf("%s: %v", name, Lint(folder))
		}
	}
}

func TestTwoDefinitionsCannotServeTheSameQuestion(t *testing.T) {
	t.Parallel()
	folder := acmeFolder(t)
	serving := strings.Replace(small, "vendor: acme", "vendor: dojah\n  serves: [basic]", 1)
	write(t, folder, "acme.yaml", serving)
	if got := Lint(folder); len(got) != 1 || !strings.Contains(got[0].Text, "both serve the basic question of dojah") {
		t.Error(got)
	}
}

func TestADefinitionWithAVendorsNameIsThatVendorsBasicOne(t *testing.T) {
	t.Parallel()
	folder := acmeFolder(t)
	known, err := Definitions(folder)
	if err != nil {
		t.Fatal(err)
	}
	if basic, advanced := known.pair("acme"); basic != known.all["acme"] || advanced != basic {
		t.Error("acme does not stand for its one definition")
	}
	foreign := defined(t, strings.Replace(small, "acme:", "dojah:", 1))
	known.all["dojah"] = foreign
	if got := known.conflicts(); len(got) != 1 || got[0].Text != "dojah is a vendor's name, and this definition is not its basic one" {
		t.Error(got)
	}
}

func TestAPathThatLeadsNowhereIsNamed(t *testing.T) {
	t.Parallel()
	for slip, want := range map[string]string{
		"fields: {full: nam, dob":          "outcome is bad_payload, want found: fields.full reads nam, where the answer has nothing",
		"fields: {full: name, nin: x, dob": "owners[0].nin is null, want 12345678901: fields.nin reads x, where the answer has nothing",
	} {
		folder := acmeFolder(t)
		write(t, folder, "acme.yaml", strings.Replace(small, "fields: {full: name, dob", slip, 1))
		expect := `{"outcome": "found", "owners": [{"full_name": "JANE DOE", "nin": "12345678901"}]}`
		write(t, folder, "fixtures/acme.found.json", acmeFixture("found", `{"code": "00", "name": "Jane Doe", "n": "12345678901"}`, expect))
		if problems := Lint(folder); !mentions(problems, filepath.Join(folder, "fixtures/acme.found.json")+":1: ", want) {
			t.Errorf("%s: %v", slip, problems)
		}
	}
}
