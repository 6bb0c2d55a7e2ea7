package operator

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/staff"
)

// call is what one of the operator's people wants, whether a form or a program says it.
type call struct {
	context.Context
	who    staff.Visitor
	path   func(name string) string
	fields url.Values // of the form, of the JSON body, or of the address
}

// get gives a field, "" for none.
func (c *call) get(name string) string { return strings.TrimSpace(c.fields.Get(name)) }

// amount reads a field in whole kobo.
func (c *call) amount(name string) (int64, error) {
	n, err := strconv.ParseInt(c.get(name), 10, 64)
	if err != nil {
		return 0, models.BadField(name, name+" must be a whole number of kobo")
	}
	return n, nil
}

func newCall(r *http.Request, who staff.Visitor, fields url.Values) *call {
	return &call{audit.By(r.Context(), who.OperatorActor()), who, r.PathValue, fields}
}

// bodyOf reads at most maxBody.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, models.Fail(models.TooLarge, "the body cannot be read, or is too large")
	}
	return body, nil
}

// readForm reads what a page of ours posted.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if http.NewCrossOriginProtection().Check(r) != nil {
		return nil, models.Fail(models.NotPermitted, "the request came from another site")
	}
	body, err := bodyOf(w, r)
	if err != nil {
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); len(body) > 0 && kind != "application/x-www-form-urlencoded" {
		return nil, models.Fail(models.UnsupportedMediaType, "the body must be a form")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, models.Fail(models.Invalid, "the form cannot be read")
	}
	return form, plain(form)
}

// readJSON reads the body of a program: a flat object of texts, whole numbers and truths.
func readJSON(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := bodyOf(w, r)
	if err != nil || len(body) == 0 {
		return url.Values{}, err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, models.Fail(models.UnsupportedMediaType, "the body must be application/json")
	}
	object, fields := map[string]json.RawMessage{}, url.Values{}
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, models.Fail(models.Invalid, "the body must be a JSON object")
	}
	for name, raw := range object {
		text := string(raw)
		switch {
		case text == "null":
			continue
		case text[0] == '{' || text[0] == '[':
			return nil, models.BadField(name, name+" must be a text, a number or a truth")
		case text[0] == '"':
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, models.BadField(name, name+" is no text")
			}
		}
		fields.Set(name, text)
	}
	return fields, plain(fields)
}

// plain refuses texts that no database takes.
func plain(fields url.Values) error {
	for name, values := range fields {
		for _, text := range append(values, name) {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				return models.Fail(models.Invalid, "a field holds characters that are no text")
			}
		}
	}
	return nil
}
