package providers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"whoseline/models"
)

// fixture is one exchange with a vendor: what goes in, what is sent, what comes back and what it means. Account and auth
// variables stand in it as {{name}}.
type fixture struct {
	Provider string `json:"provider"`
	Case     string `json:"case"`
	Set      string `json:"set"`
	Basis    string `json:"basis"`
	Source   string `json:"source"`
	Note     string `json:"note"`
	Balance  bool   `json:"balance"` // it asks what is left in our wallet, and not about a number

	Input struct {
		Number        string `json:"number"`
		FirstName     string `json:"first_name"`
		MiddleName    string `json:"middle_name"`
		LastName      string `json:"last_name"`
		FullName      string `json:"full_name"`
		DateOfBirth   string `json:"date_of_birth"`
		Reference     string `json:"reference"`
		MaxAgeHours   int    `json:"max_age_hours"`
		TenureDate    string `json:"tenure_date"`
		SpecifiedDate string `json:"specified_date"`
	} `json:"input"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Query   map[string]string `json:"query"`
		Headers map[string]string `json:"headers"`
		JSON    any               `json:"json"`
	} `json:"request"`
	Response struct {
		Status   int               `json:"status"`
		Headers  map[string]string `json:"headers"`
		Body     json.RawMessage   `json:"body"`
		BodyText *string           `json:"body_text"`
	} `json:"response"`
	Expect map[string]any `json:"expect"`

	file string
}

// fixtureDay is the day on which fixtures are read, so that a birth date stays one.
var fixtureDay = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func parseFixture(file string, text []byte) (*fixture, []Problem) {
	f := &fixture{file: file}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(f)
	if err == nil && decoder.More() {
		err = errors.New("more than one JSON value")
	}
	if err != nil {
		return nil, []Problem{{file, lineOf(text, err), "bad fixture: " + err.Error()}}
	}
	if f.Expect["outcome"] == nil || f.Input.Number == "" && !f.Balance || f.Response.Status == 0 {
		return nil, []Problem{{file, 1, "bad fixture: input.number, response.status and expect.outcome are needed"}}
	}
	return f, nil
}

// lineOf gives the line of a JSON error, the first if it does not say.
func lineOf(text []byte, err error) int {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	offset := int64(0)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &mistyped):
		offset = mistyped.Offset
	}
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}

// inquiry is the fixture's input.
func (f *fixture) inquiry() Inquiry {
	in := f.Input
	return Inquiry{
		Phone: models.PhoneFromE164(in.Number), First: in.FirstName, Middle: in.MiddleName, Last: in.LastName, Full: in.FullName,
		BirthDate: in.DateOfBirth, Reference: in.Reference, MaxAgeHours: in.MaxAgeHours,
		TenureDate: in.TenureDate, SpecifiedDate: in.SpecifiedDate,
	}
}

// reply is the fixture's response.
func (f *fixture) reply() reply {
	got := reply{status: f.Response.Status, header: http.Header{}, body: f.Response.Body}
	if f.Response.BodyText != nil {
		got.body = []byte(*f.Response.BodyText)
	}
	for name, text := range f.Response.Headers {
		got.header.Set(name, text)
	}
	return got
}

// fixtures reads every fixture of a folder, whose path only serves to name the files.
func fixtures(folder fs.FS, where string) (all []*fixture, problems []Problem) {
	files, _ := fs.Glob(folder, "fixtures/*.json") // fails only for a bad pattern
	for _, name := range files {
		shown := path.Join(where, path.Base(name))
		text, err := readBounded(folder, name)
		if err != nil {
			problems = append(problems, Problem{shown, 1, err.Error()})
			continue
		}
		f, wrong := parseFixture(shown, text)
		problems = append(problems, wrong...)
		if f != nil {
			all = append(all, f)
		}
	}
	return all, problems
}

// replayAll plays every fixture, and finds those that are missing: a definition has one for found, one for not_found
// and one for a failure, and a vendor whose balance can be asked one for that.
func replayAll(c *Catalog, folder fs.FS, where string) []Problem {
	all, problems := fixtures(folder, where)
	seen := map[string]bool{}
	for _, f := range all {
		d := c.all[f.Provider]
		if d == nil {
			problems = append(problems, Problem{f.file, 1, "unknown definition " + f.Provider})
			continue
		}
		for _, difference := range f.replay(d) {
			problems = append(problems, Problem{f.file, 1, difference})
		}
		seen[f.proves(d)] = true
	}
	for _, d := range c.sorted() {
		if d.Balance != nil && !seen[d.Vendor+" balance"] {
			problems = append(problems, Problem{d.File, d.Line, d.ID + ": there is no fixture for balance"})
		}
		for _, kind := range strings.Fields("found not_found failure") {
			if !seen[d.ID+" "+kind] {
				problems = append(problems, Problem{d.File, d.Line, d.ID + ": there is no fixture for " + strings.Replace(kind, "failure", "a failure", 1)})
			}
		}
	}
	return problems
}

// proves names what a fixture is there for.
func (f *fixture) proves(d *definition) string {
	outcome, _ := f.Expect["outcome"].(string)
	switch {
	case f.Balance && outcome == "found":
		return d.Vendor + " balance"
	case f.Balance:
		return ""
	case outcome == "found", outcome == "not_found":
		return f.Provider + " " + outcome
	default:
		return f.Provider + " failure"
	}
}
