package simulator

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tidwall/gjson"
)

// call is one request to one vendor.
type call struct {
	*http.Request
	sim       *Simulator
	vendor    *vendor
	route     *route
	body      []byte
	number    string // as the client wrote it
	reference string // the client's, if the contract has one
	turn      int    // how many calls about this number this is, from 1
	notes     map[string]any
}

func (c *call) source() string {
	if c.route.Source != "" {
		return c.route.Source
	}
	return c.vendor.Source
}

func (c *call) row() rowKey {
	return rowKey{vendor: c.vendor.name, path: c.route.Ask, number: NumberKey(c.number)}
}

// digit is the one that decides.
func (c *call) digit() int {
	if slices.Contains(c.route.Tests, c.number) {
		return found
	}
	return lastDigit(c.number)
}

func (c *call) owner() Person { return PersonOf(c.number) }

// value gives a value of the JSON body, which may be absent.
func (c *call) value(path string) gjson.Result {
	if !gjson.ValidBytes(c.body) {
		return gjson.Result{}
	}
	return gjson.GetBytes(c.body, path)
}

// text gives a JSON string of the body, "" if there is none.
func (c *call) text(path string) string {
	if v := c.value(path); v.Type == gjson.String {
		return v.Str
	}
	return ""
}

// form gives the body as a form.
func (c *call) form() url.Values {
	values, err := url.ParseQuery(string(c.body))
	if err != nil {
		return url.Values{}
	}
	return values
}

// base is where the client reached this vendor.
func (c *call) base() string {
	scheme := "http://"
	if c.TLS != nil {
		scheme = "https://"
	}
	return scheme + c.Host + "/" + c.vendor.name
}

func (c *call) now() time.Time { return c.sim.options.Now().UTC() }

// same compares a secret without telling by its time how much of it was right.
func same(given, wanted string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(wanted)) == 1
}

type (
	obj  = map[string]any
	list = []any
	page string // HTML
	cut  string // the beginning of some JSON
)

// reply is what a vendor says.
type reply struct {
	status int // 0 = 200
	header map[string]string
	body   any // JSON, a page, cut JSON, or nil for none
	billed bool
	delay  time.Duration
	closed bool // the connection is closed instead
}

// refuse is a reply where one says no.
func refuse(status int, body any) *reply { return &reply{status: status, body: body} }

func (r reply) write(w http.ResponseWriter) {
	if r.closed {
		panic(http.ErrAbortHandler) // how net/http is told to close the connection without an answer
	}
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	contentType, text := "application/json", []byte(nil)
	switch body := r.body.(type) {
	case nil:
		contentType = ""
	case page:
		contentType, text = "text/html", []byte(body)
	case cut:
		text = []byte(body)
	default:
		text = encode(body)
	}
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.WriteHeader(max(r.status, http.StatusOK))
	_, _ = w.Write(text) // a client that is gone needs no answer
}

// encode gives compact JSON as vendors write it, without escaping for HTML.
func encode(v any) []byte {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("a reply that is no JSON: %v", err)) // all replies are made of maps, lists and scalars
	}
	return bytes.TrimSpace(text.Bytes())
}
