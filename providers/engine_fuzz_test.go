package providers

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"whoseline/models"
)

// A definition file comes from an operator: whatever is in it, it is either understood or refused by file and line.
func FuzzDefinitionFile(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(everyField))
	f.Add([]byte("a: &a {<<: *a, request: {json: [*a]}}"))
	files, _ := builtIn.ReadDir("definitions")
	for _, file := range files {
		text, err := builtIn.ReadFile("definitions/" + file.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		made, problems := parseDefinitions("f.yaml", text)
		for _, p := range problems {
			if p.File != "f.yaml" || p.Line < 1 || p.Text == "" || !strings.HasPrefix(p.Error(), "f.yaml:") {
				t.Errorf("%+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		for _, d := range made { // what is understood can be asked
			v, ok := d.values(asked)
			if !ok {
				continue
			}
			_, _ = d.render("https://h.example", v)
			d.read(reply{status: 200, header: http.Header{}, body: []byte(jane)}, asked, noon)
		}
	})
}

// An upstream body comes from anywhere: no definition panics on it or takes it for more than it is.
func FuzzUpstreamBody(f *testing.F) {
	all, _ := fixtures(os.DirFS("testdata"), "testdata/fixtures")
	for _, one := range all {
		f.Add(one.Response.Status, one.reply().body)
	}
	f.Add(200, []byte(strings.Repeat("[", 5000)))
	known := catalogue(f).sorted()
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, d := range known {
			said := d.read(reply{status: status, header: http.Header{}, body: body}, asked, noon)
			if r, ok := rules[said.Outcome]; !ok || r.Unasked {
				t.Errorf("%s: outcome %q", d.ID, said.Outcome)
			}
			if said.Outcome != models.OutcomeFound {
				continue
			}
			if len(said.Owners) == 0 && len(said.Signals) == 0 && (said.Match == nil || said.Match.Verdict == "") {
				t.Errorf("%s: found nothing", d.ID)
			}
			for _, p := range said.Owners {
				checkOwner(t, d, p)
			}
		}
	})
}

func checkOwner(t *testing.T, d *definition, p Person) {
	t.Helper()
	if _, ok := birthDate(p.DateOfBirth, noon); !ok || !isNIN(p.NIN) || p.FullName == "" || p.Image != "" {
		t.Errorf("%s: %+v", d.ID, p)
	}
	if p.Gender != "" && p.Gender != "male" && p.Gender != "female" {
		t.Errorf("%s: gender %q", d.ID, p.Gender)
	}
}
