package vendor

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

// fixture is one exchange with a vendor: the input, the request, the response and its meaning. Account and auth
// variables are written in it as {{name}}.
type fixture struct {
	Provider string `json:"provider"`
	Case     string `json:"case"`
	Phase    string `json:"phase"` // ask (default), poll, or webhook: the vendor brings it
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
		ConsentAt     string `json:"consent_at"` // RFC 3339
		NoticeURL     string `json:"notice_url"`
		NoticeLang    string `json:"notice_language"`
		Ref           string `json:"ref"` // poll: which answer is owed
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
	f := &fixture{file: file, Phase: "ask"}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(f)
	if err == nil && decoder.More() {
		err = errors.New("more than one JSON value")
	}
	if err != nil {
		return nil, []Problem{{file, lineOf(text, err), "bad fixture: " + err.Error()}}
	}
	if !oneOf("ask poll webhook", f.Phase) {
		return nil, []Problem{{file, 1, "bad fixture: phase is ask, poll or webhook"}}
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
	consentAt, _ := time.Parse(time.RFC3339, in.ConsentAt) // none, or none that counts
	return Inquiry{
		ConsentAt: consentAt, NoticeURL: in.NoticeURL, NoticeLang: in.NoticeLang,
		Phone: models.PhoneFromE164(in.Number), First: in.FirstName, Middle: in.MiddleName, Last: in.LastName, Full: in.FullName,
		BirthDate: in.DateOfBirth, Reference: in.Reference, MaxAgeHours: in.MaxAgeHours,
		TenureDate: in.TenureDate, SpecifiedDate: in.SpecifiedDate,
	}
}

// reply is the fixture's response.
func (f *fixture) reply() gate.Reply {
	got := gate.Reply{Status: f.Response.Status, Header: http.Header{}, Body: f.Response.Body}
	if f.Response.BodyText != nil {
		got.Body = []byte(*f.Response.BodyText)
	}
	for name, text := range f.Response.Headers {
		got.Header.Set(name, text)
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

// replayAll plays every fixture and reports missing ones. A definition has one for found, one for not_found, one for a
// failure, and one for each way in which a later answer comes. A vendor whose balance can be asked has one for that.
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
		seen[f.Provider+" "+f.shows()] = true
		seen[d.Vendor+"'s "+f.shows()] = true
	}
	for _, d := range c.sorted() {
		if d.Balance != nil && !seen[d.Vendor+"'s balance"] { // which is the vendor's, whatever is asked of it
			problems = append(problems, Problem{d.File, d.Line, d.ID + ": there is no fixture for balance"})
		}
		for _, what := range d.mustShow() {
			if !seen[d.ID+" "+what] {
				problems = append(problems, Problem{d.File, d.Line, d.ID + ": there is no fixture for " + what})
			}
		}
	}
	return problems
}

// shows says which of the kinds of fixture it is that a definition must have.
func (f *fixture) shows() string {
	outcome, _ := f.Expect["outcome"].(string)
	switch {
	case f.Balance && outcome == "found":
		return "balance"
	case f.Balance:
		return "no balance"
	case f.Phase == "poll":
		return "a poll"
	case f.Phase == "webhook":
		return "a webhook"
	case outcome == "found" || outcome == "not_found":
		return outcome
	default:
		return "a failure"
	}
}

// mustShow lists the kinds of fixture that a definition must have. One whose answers all come later shows them there.
func (d *definition) mustShow() []string {
	var kinds []string
	if d.Async == "accepted_webhook" {
		kinds = append(kinds, "a failure")
	} else {
		kinds = append(kinds, "found", "not_found", "a failure")
	}
	if d.Poll != nil {
		kinds = append(kinds, "a poll")
	}
	if d.Webhook != nil {
		kinds = append(kinds, "a webhook")
	}
	return kinds
}
