package vendor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"whoseline/models"
	"whoseline/providers/gate"
)

// replay plays a fixture without a network, and gives the differences to the definition.
func (f *fixture) replay(d *definition) (differences []string) {
	if f.Balance {
		return f.replayBalance(d)
	}
	v, ok := d.values(f.inquiry())
	if !ok {
		return []string{"the definition cannot be asked with this input"}
	}
	v.pretend()
	v["ref"] = f.Input.Ref
	if f.Phase == "webhook" {
		return f.diffReading(f.told(d))
	}
	request, owed := d.Request, owedAnswer{}
	if f.Phase == "poll" {
		if d.Poll == nil {
			return []string{"the definition has no poll"}
		}
		request, owed = d.Poll.Request, owedAnswer{d.Poll.Classify, d.Poll.Answer}
	}
	out, err := request.render("https://vendor.example", v)
	if err != nil {
		return []string{err.Error()}
	}
	differences = f.diffRequest(out, d)
	said := f.diffReading(d.understand(f.reply(), f.inquiry(), fixtureDay, owed))
	return append(differences, d.explained(said, f.reply().Body)...)
}

// told reads the fixture as a message that the vendor brings. Its reference is the one under which it is kept.
func (f *fixture) told(d *definition) Reading {
	if d.Webhook == nil {
		return Reading{Outcome: "no webhook"}
	}
	got := f.reply()
	said := d.understand(got, f.inquiry(), fixtureDay, owedAnswer{d.Webhook.Classify, d.Webhook.Answer})
	said.Ref = d.Webhook.reference(got.Body)
	return said
}

// pretend fills every value of an account with its own name.
func (v values) pretend() {
	for name, kind := range variables {
		if kind != inputVariable {
			v[name] = "{{" + name + "}}"
		}
	}
}

func (f *fixture) replayBalance(d *definition) (differences []string) {
	if d.Balance == nil {
		return []string{"the definition has no balance"}
	}
	v := values{}
	v.pretend()
	out, err := d.renderBalance("https://vendor.example", v)
	if err != nil {
		return []string{err.Error()}
	}
	left, outcome := d.readBalance(f.reply())
	return append(f.diffRequest(out, d), f.diffBalance(left, outcome)...)
}

func (f *fixture) diffBalance(left models.Money, outcome models.Outcome) (differences []string) {
	got := map[string]any{"outcome": string(outcome), "left": float64(left.Minor), "currency": left.Currency}
	for name, want := range f.Expect {
		if got[name] != want {
			differences = append(differences, fmt.Sprintf("%s is %v, want %v", name, got[name], want))
		}
	}
	slices.Sort(differences)
	return differences
}

func (f *fixture) diffRequest(out gate.Call, d *definition) (differences []string) {
	r := f.Request
	differ := func(what string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			differences = append(differences, fmt.Sprintf("request.%s is %v, want %v", what, got, want))
		}
	}
	differ("method", out.Method, r.Method)
	differ("path", out.URL.EscapedPath(), r.Path)
	query, headers := url.Values{}, http.Header{}
	for name, text := range r.Query {
		query.Set(name, text)
	}
	for name, text := range r.Headers {
		headers.Set(name, text)
	}
	differ("query", out.URL.Query(), query)
	sent := out.Header.Clone()
	for _, name := range append(d.Auth.signedHeaders(), "Content-Type") { // not known without an account
		sent.Del(name)
		headers.Del(name)
	}
	differ("headers", sent, headers)
	var body any
	switch kind := out.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "multipart/"):
		body = f.partsOf(out)
	case strings.HasSuffix(kind, "urlencoded"):
		body = string(out.Body)
	case out.Body != nil:
		_ = json.Unmarshal(out.Body, &body) // it was just encoded
	}
	differ("json", body, r.JSON)
	return differences
}

// partsOf gives a multipart body as an object of its parts' texts, as fixtures write it.
func (f *fixture) partsOf(out gate.Call) any {
	_, params, err := mime.ParseMediaType(out.Header.Get("Content-Type"))
	if err != nil {
		return err.Error()
	}
	form, err := multipart.NewReader(bytes.NewReader(out.Body), params["boundary"]).ReadForm(maxDefinitionFile)
	if err != nil {
		return err.Error()
	}
	parts := map[string]any{}
	for name, texts := range form.Value {
		parts[name] = texts[0]
	}
	return parts
}

// signedHeaders are those that sign adds.
func (a authTerms) signedHeaders() []string {
	switch a.Kind {
	case "basic":
		return []string{"Authorization"}
	case "body_hmac":
		return []string{a.Header}
	default:
		return nil
	}
}

// diffReading compares every key of the expectation. A key that it does not have is not compared.
func (f *fixture) diffReading(said Reading) (differences []string) {
	got := said.view()
	for name, want := range f.Expect {
		if name != "owners" && name != "match" {
			if !reflect.DeepEqual(got[name], want) {
				differences = append(differences, fmt.Sprintf("%s is %s, want %s", name, shown(got[name]), shown(want)))
			}
			continue
		}
		differences = append(differences, diffPart(name, got[name], want)...)
	}
	slices.Sort(differences)
	return differences
}

// diffPart compares a list of objects or an object by the keys that are wanted.
func diffPart(name string, got, want any) (differences []string) {
	switch want := want.(type) {
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			return []string{fmt.Sprintf("%s has %d elements, want %d", name, len(list), len(want))}
		}
		for i := range want {
			differences = append(differences, diffPart(fmt.Sprintf("%s[%d]", name, i), list[i], want[i])...)
		}
	case map[string]any:
		object, _ := got.(map[string]any)
		for key, value := range want {
			if !reflect.DeepEqual(object[key], value) {
				differences = append(differences, fmt.Sprintf("%s.%s is %s, want %s", name, key, shown(object[key]), shown(value)))
			}
		}
	}
	return differences
}
