package vendor

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/providers/gate"
)

func TestIdempotencyIsToldByHeaderOrBody(t *testing.T) {
	t.Parallel()
	for where, check := range map[string]func(*http.Request, string) bool{
		"header:X-Request-Id": func(r *http.Request, _ string) bool { return r.Header.Get("X-Request-Id") == asked.Reference },
		"body:key":            func(_ *http.Request, body string) bool { return strings.Contains(body, `"key":"`+asked.Reference+`"`) },
	} {
		base := served(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if !check(r, string(body)) {
				t.Errorf("%s: %v %s", where, r.Header, body)
			}
			_, _ = io.WriteString(w, jane)
		}).URL
		text := strings.Replace(plainPost, "  request:", "  idempotency: "+where+"\n  request:", 1)
		endpoint(t, defined(t, text), account(t, base)).Ask(t.Context(), asked)
	}
}

func TestAFormAndAQueryAreEncoded(t *testing.T) {
	t.Parallel()
	text := strings.Replace(plainPost, `json: {number: "{{e164}}"}`, `query: {q: "{{last}}"}, form: {number: "{{e164}}", name: "{{last}} x", none: "{{first}}"}`, 1)
	in := asked
	in.Last = `O'Neil&x=1"\`
	base := served(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		want := url.Values{"number": {"+2348031234567"}, "name": {in.Last + " x"}}
		if r.PostForm.Encode() != want.Encode() || r.URL.Query().Get("q") != in.Last || len(r.URL.Query()) != 1 {
			t.Errorf("%v %v", r.PostForm, r.URL)
		}
		_, _ = io.WriteString(w, jane)
	}).URL
	if got := endpoint(t, defined(t, text), account(t, base)).Ask(t.Context(), in); got.Outcome != models.OutcomeFound {
		t.Errorf("%s %v", got.Outcome, got.Err)
	}
}

func TestAValueIsEncodedForItsPlaceAndNeverPastedIn(t *testing.T) {
	t.Parallel()
	d := defined(t, `
places:
  vendor: places
  mode: owner
  source: nimc
  auth: {kind: none}
  request:
    method: POST
    path: /a/{{last}}/b
    query: {q: "x{{last}}", none: "{{first}}"}
    headers: {H: "{{middle}}", none: "{{first}}"}
    json: {z: "{{last}}", list: ["{{first}}", "a{{last}}"], n: "{{max_age_hours:int}}", "in": {c: 1.50, t: true, v: null}, none: "{{first}}"}
  classify: [{http: [200], exists: x, outcome: found}]
  fields: {full: x}
`)
	v := values{"last": `"},<&>?#/../{{secret}}%00é`, "middle": "m", "max_age_hours": "24", "secret": "s3cret"}
	out, err := d.render("https://h.example/p/", v)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://h.example/p/a/%22%7D%2C%3C&%3E%3F%23%2F..%2F%7B%7Bsecret%7D%7D%2500%C3%A9/b?q=x%22%7D%2C%3C%26%3E%3F%23%2F..%2F%7B%7Bsecret%7D%7D%2500%C3%A9"; out.URL.String() != want {
		t.Errorf("%s\n%s", out.URL, want)
	}
	if want := `{"z":"\"},<&>?#/../{{secret}}%00é","list":["a\"},<&>?#/../{{secret}}%00é"],"n":24,"in":{"c":1.5,"t":true,"v":null}}`; string(out.Body) != want {
		t.Errorf("%s\n%s", out.Body, want)
	}
	if len(out.Header) != 2 || out.Header.Get("H") != "m" {
		t.Error(out.Header)
	}
	for name, unfit := range map[string]values{
		"a line end in a header": {"last": "a", "middle": "a\r\nb: c"},
		"no number":              {"last": "a", "max_age_hours": "x"},
		"a way up":               {"last": ".."},
		"nothing in the path":    {"last": ""},
	} {
		if _, err := d.render("https://h.example", unfit); err != gate.ErrUnfit {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("Jane", `{"x":1}`)
	f.Add("../..", "\x00\r\n\"\\")
	d := defined(f, strings.Replace(plainPost, `path: /ask, headers: {key: "{{secret}}"}, json: {number: "{{e164}}"}`,
		`path: "/a/{{first}}/b", query: {q: "{{last}}"}, headers: {h: "{{last}}"}, json: {a: "x{{first}}", b: ["{{last}}"]}`, 1))
	f.Fuzz(func(t *testing.T, first, last string) {
		out, err := d.render("https://h.example", values{"first": first, "last": last})
		if err != nil {
			return
		}
		if parts := strings.Split(out.URL.EscapedPath(), "/"); len(parts) != 4 || parts[1] != "a" || parts[3] != "b" || out.URL.Host != "h.example" {
			t.Errorf("%q: %s", first, out.URL)
		}
		if q := out.URL.Query(); len(q) > 1 || q.Get("q") != last {
			t.Errorf("%q: %v", last, q)
		}
		var body map[string]any
		if err := json.Unmarshal(out.Body, &body); err != nil || len(body) != 2 {
			t.Errorf("%q %q: %s", first, last, out.Body)
		}
	})
}
