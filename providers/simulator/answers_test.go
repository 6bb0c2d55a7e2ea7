package simulator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"whoseline/providers/simulator"
)

var update = flag.Bool("update", false, "write what the vendors say today to testdata/answers")

// recipe is a request of testdata/questions.yaml, whose head says what its texts may hold.
type recipe struct {
	Ask    string            `yaml:"ask"`
	Head   map[string]string `yaml:"head"`
	JSON   any               `yaml:"json"`
	Form   map[string]string `yaml:"form"`
	Parts  map[string]string `yaml:"parts"`
	Number string            `yaml:"number"` // the field with the number, which is also written in wrong ways
	Tests  []string          `yaml:"tests"`  // numbers that the vendor documents
	Digits string            `yaml:"digits"` // asks these only, and spoils nothing
	Once   bool              `yaml:"once"`
	Later  string            `yaml:"later"` // where the answer names what can be polled
	Poll   string            `yaml:"poll"`
	AskJob bool              `yaml:"ask_job"` // the poll names the job
}

// scribe writes down what a vendor is asked and what it says.
type scribe struct {
	*rig
	vendor string
	recipe recipe
	job    string
	down   bool // gives no tokens
	text   strings.Builder
}

func TestEveryVendorSaysWhatItHasAlwaysSaid(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/questions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var questions map[string][]recipe
	if err := yaml.Unmarshal(text, &questions); err != nil {
		t.Fatal(err)
	}
	for vendor := range newRig(t).vendors {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			s := &scribe{rig: newRig(t), vendor: vendor}
			with := s.Credentials("http://sim")[vendor]
			with.PrivateKey = "" // another one each time
			s.text.WriteString(marshalled(with) + "\n")
			for i, q := range questions[vendor] {
				s.recipe = q
				s.interview(i)
			}
			s.note("messages", s.send("GET", s.url+"/__sim/messages?vendor="+vendor, ""))
			s.note("counters", s.send("GET", s.url+"/__sim/counters?vendor="+vendor, ""))
			s.hear()
			compareAnswers(t, vendor, s.text.String())
		})
	}
}

func compareAnswers(t *testing.T, vendor, got string) {
	t.Helper()
	file := filepath.Join("testdata", "answers", vendor+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

// interview asks one question in every way: by digit, about documented numbers, spoiled, and while things are away.
func (s *scribe) interview(i int) {
	number := func(kind, digit int) string { return fmt.Sprintf("+234803%03d%03d%d", i, kind, digit) }
	switch {
	case s.recipe.Once:
		s.ask(number(0, 0), nil)
		return
	case s.recipe.Digits != "":
		for _, d := range s.recipe.Digits {
			s.ask(number(0, int(d-'0')), nil)
		}
		return
	}
	for digit := range 10 {
		s.ask(number(0, digit), nil)
	}
	s.ask(number(0, 8), nil)
	s.ask(number(0, 8), nil)
	for _, documented := range s.recipe.Tests {
		s.ask("+234"+documented[1:], nil)
	}
	for k, name := range s.fields() {
		s.ask(number(2*k+1, 0), func(m map[string]any) { delete(m, name) })
		s.ask(number(2*k+2, 0), func(m map[string]any) { m[name] = "other" })
	}
	for k, name := range slices.Sorted(maps.Keys(s.recipe.Head)) {
		s.ask(number(100+k, 0), func(m map[string]any) { delete(m, "head "+name) })
	}
	for k, wrong := range []string{"", "{d}", "{e}", "{n}", "1"} {
		if s.recipe.Number != "" {
			s.ask(number(200+k, 0), func(m map[string]any) { m[s.recipe.Number] = wrong })
		}
	}
	s.must("vendors/"+s.vendor, `{"down":true}`)
	s.down = true
	s.ask(number(300, 0), nil)
	s.down = false
	s.must("vendors/"+s.vendor, `{"down":false}`)
	for _, source := range []string{"nimc", "reseller:unknown", "telco:own", "telco:mtn", "telco:unknown", "telco:texts", "meta"} {
		s.must("sources/"+source, `{"down":true}`)
		s.ask(number(301, 0), nil)
		s.must("sources/"+source, `{"down":false}`)
	}
}

// fields names what can be spoiled.
func (s *scribe) fields() []string {
	names := []string{}
	if body, is := s.recipe.JSON.(map[string]any); is {
		names = slices.Concat(names, slices.Collect(maps.Keys(body)))
	}
	names = slices.Concat(names, slices.Collect(maps.Keys(s.recipe.Form)), slices.Collect(maps.Keys(s.recipe.Parts)))
	return slices.Sorted(slices.Values(names))
}

// ask sends the recipe's request about a number, after a change to its fields, and polls what it is told to poll.
func (s *scribe) ask(number string, change func(map[string]any)) {
	s.t.Helper()
	s.mu.Lock()
	s.jti++
	s.job = fmt.Sprintf("job-%d", s.jti)
	s.mu.Unlock()
	fields := map[string]any{}
	for name, value := range s.recipe.Head {
		fields["head "+name] = value
	}
	body, isMap := s.recipe.JSON.(map[string]any)
	maps.Copy(fields, body)
	for _, from := range []map[string]string{s.recipe.Form, s.recipe.Parts} {
		for name, value := range from {
			fields[name] = value
		}
	}
	if change != nil {
		change(fields)
	}
	head, rest := s.parted(number, fields)
	text := ""
	switch {
	case isMap:
		text = marshalled(rest)
	case s.recipe.JSON != nil:
		text = marshalled(s.recipe.JSON)
	case s.recipe.Form != nil:
		form := url.Values{}
		for name, value := range rest {
			form.Set(name, value.(string))
		}
		text = form.Encode()
	case s.recipe.Parts != nil:
		var kind string
		text, kind = multipartText(rest)
		head = append(head, "Content-Type", kind)
	}
	method, path, _ := strings.Cut(s.fill(number, s.recipe.Ask), " ")
	said := s.send(method, s.url+"/"+s.vendor+path, text, head...)
	s.note(method+" "+path+" "+text, said)
	s.poll(number, said)
}

// parted fills in the texts of all fields and parts the headers from the rest.
func (s *scribe) parted(number string, fields map[string]any) (head []string, rest map[string]any) {
	rest = map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := s.filled(number, fields[name])
		header, isHead := strings.CutPrefix(name, "head ")
		switch {
		case name == "head sign":
			signed := s.smileSigned("2026-03-04T05:06:07.000Z")
			for name, in := range map[string]string{"smileid-partner-id": "partner_id", "smileid-timestamp": "timestamp", "smileid-request-signature": "signature"} {
				head = append(head, http.CanonicalHeaderKey(name), signed[in].(string))
			}
		case name == "sign" && value == "{sign}":
			maps.Copy(rest, s.smileSigned("2026-03-04T05:06:07.000Z"))
		case isHead:
			head = append(head, http.CanonicalHeaderKey(header), value.(string))
		default:
			rest[name] = value
		}
	}
	return head, rest
}

func (s *scribe) filled(number string, v any) any {
	switch v := v.(type) {
	case string:
		return s.fill(number, v)
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = s.filled(number, value)
		}
		return out
	default:
		return v
	}
}

var scoped = regexp.MustCompile(`\{(token|device) ([^}]*)\}`)

func (s *scribe) fill(number, text string) string {
	p := simulator.PersonOf(number)
	sum := sha256.Sum256([]byte(number))
	text = strings.NewReplacer(
		"{n}", "0"+number[4:], "{d}", number[1:], "{e}", number, "{job}", s.job, "{sha}", hex.EncodeToString(sum[:]),
		"{first}", p.First, "{middle}", p.Middle, "{last}", p.Last, "{full}", p.First+" "+p.Middle+" "+p.Last,
		"{born}", p.Born, "{nin}", p.NIN, "{gender}", p.Gender,
	).Replace(text)
	switch {
	case s.down:
		return text
	case strings.Contains(text, "{mtn}"):
		return strings.Replace(text, "{mtn}", s.mtnToken().get("access_token"), 1)
	case strings.Contains(text, "{qoreid}"):
		return strings.Replace(text, "{qoreid}", s.qoreidToken().get("accessToken"), 1)
	case strings.Contains(text, "{smile}"):
		said := s.post("/smile/v3/token", "", "Smileid-Partner-Id", "0042", "Smileid-Api-Key", "sim-smile-api-key")
		return strings.Replace(text, "{smile}", said.get("token"), 1)
	}
	return scoped.ReplaceAllStringFunc(text, func(hit string) string {
		kind, scope, _ := strings.Cut(strings.Trim(hit, "{}"), " ")
		if kind == "token" {
			return s.token(scope, "")
		}
		return s.token(scope, number)
	})
}

// poll asks for what is owed: a job once, everything else three times.
func (s *scribe) poll(number string, said answer) {
	later := said.get(s.recipe.Later)
	if s.recipe.Poll == "" || !s.recipe.AskJob && later == "" {
		return
	}
	codes := []string{"000000", number[len(number)-6:], number[len(number)-6:]}
	if s.recipe.AskJob {
		codes = codes[:1]
	}
	for _, code := range codes {
		ask := recipe{Ask: strings.Replace(s.recipe.Poll, "{later}", later, 1), Head: s.recipe.Head}
		switch {
		case s.recipe.AskJob:
			ask.JSON = map[string]any{"sign": "{sign}", "job_id": s.job, "user_id": "u-1"}
		case s.recipe.Later == "authenticationId":
			ask.JSON = map[string]any{"authenticationId": later, "code": code}
		}
		again := &scribe{rig: s.rig, vendor: s.vendor, recipe: ask}
		again.ask(number, nil)
		s.text.WriteString(again.text.String())
	}
}

func multipartText(fields map[string]any) (text, kind string) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.SetBoundary("b")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		_ = form.WriteField(name, fields[name].(string)) // a buffer takes everything
	}
	_ = form.Close()
	return body.String(), form.FormDataContentType()
}

func marshalled(v any) string {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // made of maps, lists and scalars
	return strings.TrimSpace(text.String())
}

// changing are values that differ from one run to the next.
var changing = regexp.MustCompile(`"(access_token|accessToken|token)":"[^"]*"`)

// note writes a question and its answer, without what chance or the clock of the machine decides.
func (s *scribe) note(asked string, said answer) {
	if said.err != nil {
		said = answer{body: "closed"}
	}
	said.header.Del("Date")
	said.header.Del("Content-Length")
	var head bytes.Buffer
	_ = said.header.Write(&head) // a buffer takes everything
	text := strings.ReplaceAll(said.body, s.url, "http://sim")
	fmt.Fprintf(&s.text, "%s\n  %d %s", strings.ReplaceAll(asked, "\r\n", " "), said.status, strings.ReplaceAll(head.String(), "\r\n", " "))
	if naps := s.naps(); naps != nil {
		fmt.Fprintf(&s.text, "after %v ", naps)
	}
	fmt.Fprintf(&s.text, "\n  %s\n", changing.ReplaceAllString(text, `"$1":"…"`))
}
