package vendor

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/providers/definitions"
	"whoseline/providers/gate"
)

// A definition file comes from an operator: whatever is in it, it is either understood or refused by file and line.
func FuzzDefinitionFile(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(everyField))
	f.Add([]byte("a: &a {<<: *a, request: {json: [*a]}}"))
	files, _ := definitions.Files.ReadDir(".")
	for _, file := range files {
		if file.IsDir() {
			continue
		}
		text, err := definitions.Files.ReadFile(file.Name())
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
			got := gate.Reply{Status: 200, Header: http.Header{}, Body: []byte(jane)}
			d.read(got, asked, noon)
			if d.Poll != nil {
				v["ref"] = "r-1"
				_, _ = d.Poll.Request.render("https://h.example", v)
			}
			for _, owed := range owedAnswers(d) {
				d.understand(got, asked, noon, owed)
			}
		}
	})
}

// An upstream body comes from anywhere: no definition panics on it or takes it for more than it is.
func FuzzUpstreamBody(f *testing.F) {
	all, _ := fixtures(os.DirFS("../definitions"), "definitions/fixtures")
	for _, one := range all {
		f.Add(one.Response.Status, one.reply().Body)
	}
	f.Add(200, []byte(strings.Repeat("[", 5000)))
	known := catalogue(f).sorted()
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, d := range known {
			for _, owed := range append(owedAnswers(d), owedAnswer{}) {
				checkReading(t, d, d.understand(gate.Reply{Status: status, Header: http.Header{}, Body: body}, asked, noon, owed))
			}
		}
	})
}

// owedAnswers are the ways in which a definition's answers come later.
func owedAnswers(d *definition) (all []owedAnswer) {
	if d.Poll != nil {
		all = append(all, owedAnswer{d.Poll.Classify, d.Poll.Answer})
	}
	if d.Webhook != nil {
		all = append(all, owedAnswer{d.Webhook.Classify, d.Webhook.Answer})
	}
	return all
}

func checkReading(t *testing.T, d *definition, said Reading) {
	t.Helper()
	if said.Outcome == "" || !said.Outcome.Asked() {
		t.Errorf("%s: outcome %q", d.ID, said.Outcome)
	}
	if said.Outcome != models.OutcomeFound {
		return
	}
	if len(said.Owners) == 0 && len(said.Signals) == 0 && (said.Match == nil || said.Match.Verdict == "") {
		t.Errorf("%s: found nothing", d.ID)
	}
	for _, p := range said.Owners {
		checkOwner(t, d, p)
	}
}

// A message comes from anybody: without the vendor's signature it is refused, with it it is read, and neither panics.
func FuzzVendorMessage(f *testing.F) {
	all, _ := fixtures(os.DirFS("../definitions"), "definitions/fixtures")
	for _, one := range all {
		if one.Phase == "webhook" {
			f.Add([]byte(one.Response.Body), "")
		}
	}
	f.Add([]byte(`{"data":{"data":1},"data":2}`), "c2ln")
	f.Add([]byte(`{"timestamp":"2026-01-01T12:00:00Z","signature":""}`), "00")
	later := mailroom(f)
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		for vendor := range later.vendors {
			_, err := later.Callback(vendor, func(string) string { return signature }, body)
			if models.CodeOf(err) != models.Unauthorized {
				t.Errorf("%s: a message that nobody signed is taken: %v", vendor, err)
			}
			from := later.vendors[vendor]
			_ = from.terms.reference(body)
			for _, source := range from.sources {
				said := later.sources[source].Told(question(t, "08031234567"), body)
				if said.Outcome == "" || !said.Outcome.Asked() || said.Outcome == models.OutcomeFound && len(said.Owners) == 0 {
					t.Errorf("%s: %+v", source, said)
				}
			}
		}
	})
}

func checkOwner(t *testing.T, d *definition, p Person) {
	t.Helper()
	if _, ok := models.BirthDate(p.DateOfBirth, noon); !ok || !models.IsNIN(p.NIN) || p.FullName == "" || p.Image != "" {
		t.Errorf("%s: %+v", d.ID, p)
	}
	if p.Gender != "" && p.Gender != "male" && p.Gender != "female" {
		t.Errorf("%s: gender %q", d.ID, p.Gender)
	}
}
