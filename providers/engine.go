package providers

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"whoseline/config"
	"whoseline/lookup"
	"whoseline/models"
)

// Inquiry is what an endpoint is asked. Empty fields are unknown, and an endpoint that needs them is not asked.
type Inquiry struct {
	Phone         models.Phone
	First         string
	Middle        string
	Last          string
	Full          string
	BirthDate     string // YYYY-MM-DD
	Reference     string // ours, for vendors that take one
	MaxAgeHours   int    // how far back a SIM swap matters
	TenureDate    string // YYYY-MM-DD
	SpecifiedDate string // YYYY-MM-DD
	Photo         bool   // the photo was paid for; else it is dropped
}

// Endpoint is one definition with the operator's account: it can be asked. It is safe for concurrent use.
type Endpoint struct {
	def    *definition
	base   string
	auth   authoriser
	vars   values // of the account
	client *vendorClient
	now    func() time.Time
}

// Name is the definition's.
func (e *Endpoint) Name() string { return e.def.ID }

// Close lets go of the connections that are kept.
func (e *Endpoint) Close() error {
	e.client.close()
	return nil
}

// Ask puts the inquiry to the vendor, at most once as far as the vendor could bill it. It honours ctx. When the vendor
// refuses an access token, a new one is fetched and the question repeated, once.
func (e *Endpoint) Ask(ctx context.Context, in Inquiry) Reading {
	v, ok := e.def.values(in)
	if !ok {
		return Reading{Outcome: models.OutcomeNotApplicable}
	}
	for name, value := range e.vars {
		v[name] = value
	}
	said := e.exchange(ctx, in, v)
	if said.Outcome == models.OutcomeCredentials && said.HTTP == http.StatusUnauthorized && e.auth.renew(v) {
		said = e.exchange(ctx, in, v)
	}
	return said
}

func (e *Endpoint) exchange(ctx context.Context, in Inquiry, v values) Reading {
	if refusal := e.auth.prepare(ctx, v); refusal != nil {
		return *refusal
	}
	out, err := e.def.render(e.base, v)
	if err != nil {
		return Reading{Outcome: models.OutcomeNotApplicable, Err: err}
	}
	e.auth.sign(out)
	got, err := e.client.send(ctx, out)
	if err != nil {
		return unanswered(ctx, got, err)
	}
	return e.def.read(got, in, e.now())
}

// values gives what the inquiry puts into the templates, or false when the definition cannot be asked about it.
func (d *definition) values(in Inquiry) (values, bool) {
	if !d.covers(in) {
		return nil, false
	}
	v := values{
		"digits": in.Phone.Digits(), "e164": in.Phone.E164(),
		"first": in.First, "middle": in.Middle, "last": in.Last, "full": in.Full, "dob": in.BirthDate,
		"reference": in.Reference, "reference20": shortReference(in.Reference),
		"tenure_date": in.TenureDate, "specified_date": in.SpecifiedDate,
	}
	if in.has("national") {
		v["national"] = in.Phone.National()
	}
	if in.MaxAgeHours > 0 {
		v["max_age_hours"] = strconv.Itoa(in.MaxAgeHours)
	}
	v["number"] = map[string]string{"national0": v["national"], "digits": v["digits"], "e164": v["e164"]}[d.NumberFormat]
	return v, true
}

// shortReference squeezes a reference into twenty characters: our ids are hex and fit as base64.
func shortReference(reference string) string {
	if len(reference) <= 20 {
		return reference
	}
	raw, err := hex.DecodeString(reference)
	if err != nil || len(raw) > 15 {
		return ""
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// render fills the request's templates. Its error names no value.
func (d *definition) render(base string, v values) (out call, err error) {
	r := d.Request
	path, err := r.Path.path(v)
	if err != nil {
		return call{}, err
	}
	out = call{method: r.Method, header: http.Header{}}
	if out.url, err = url.Parse(strings.TrimSuffix(base, "/") + path); err != nil {
		return call{}, errUnfit
	}
	out.url.RawQuery = encode(r.Query, v)
	for name, t := range r.Headers {
		if t.void(v) {
			continue
		}
		text, err := t.header(v)
		if err != nil {
			return call{}, err
		}
		out.header[http.CanonicalHeaderKey(name)] = []string{text}
	}
	switch {
	case r.JSON != nil:
		out.header.Set("Content-Type", "application/json")
		out.body, err = r.JSON.encode(v)
	case r.Form != nil:
		out.header.Set("Content-Type", "application/x-www-form-urlencoded")
		out.body = []byte(encode(r.Form, v))
	}
	return out, err
}

// newEndpoint joins a definition and an account. The error says which setting is missing, and never shows one.
func newEndpoint(d *definition, account config.Vendor, now func() time.Time) (*Endpoint, error) {
	base := account.Base
	switch base {
	case "":
		base = d.Base.Live
	case "sandbox":
		base = d.Base.Sandbox
	}
	setting := "providers.vendor." + d.Vendor + "."
	if base == "" {
		return nil, errors.New(setting + "base is not set")
	}
	vars := values{
		"secret": string(account.Secret), "app_id": account.AppID, "client_id": account.ClientID, "partner_id": account.PartnerID,
	}
	for _, name := range d.Account {
		if vars[name] == "" {
			return nil, errors.New(setting + name + " is not set")
		}
	}
	client := newVendorClient(d.MaxInflight, account.Base, account.TokenURL)
	e := &Endpoint{def: d, base: base, vars: vars, client: client, now: now}
	var err error
	if e.auth, err = newAuthoriser(e, account); err != nil {
		return nil, fmt.Errorf("%s%w", setting, err)
	}
	return e, nil
}

// Vendor is a vendor as a source of owners: its definition for the basic question, and the one for the full record if
// it has one.
type Vendor struct{ basic, advanced *Endpoint }

var (
	_ lookup.Source = (*Vendor)(nil)
	_ io.Closer     = (*Vendor)(nil)
)

// Close lets go of the connections that are kept.
func (s *Vendor) Close() error { return errors.Join(s.basic.Close(), s.advanced.Close()) }

// Owners asks the vendor whose number it is. A vendor that only says whether names fit, and found that they do not, has
// not said whose number it is: another source may. Its verdict stands beside that, in case none does.
func (s *Vendor) Owners(ctx context.Context, q lookup.Question) lookup.Finding {
	endpoint := s.serving(q)
	said := endpoint.Ask(ctx, endpoint.inquiry(q))
	found := lookup.Finding{
		Outcome: said.Outcome, Ref: said.Ref, HTTP: said.HTTP, RetryAfter: said.RetryAfter, Billed: said.Billed, Err: said.Err,
	}
	for _, person := range said.Owners {
		found.Owners = append(found.Owners, person.Owner)
	}
	found.Match = said.Match.on(q.Expected)
	switch {
	case said.Outcome == models.OutcomeFound && len(found.Owners) == 0 && (endpoint.def.Mode != "match" || found.Match == nil):
		found.Outcome = models.OutcomeNotApplicable
	case said.Outcome == models.OutcomeInvalid:
		found.Reason = "Invalid phone number"
	}
	return found
}

// inquiry takes from a question what definitions can use.
func (e *Endpoint) inquiry(q lookup.Question) Inquiry {
	in := Inquiry{Phone: q.Phone, Reference: q.LookupID, Photo: q.Advanced}
	if x := q.Expected; x != nil {
		in.First, in.Last = given(x.FirstName), given(x.LastName)
		in.BirthDate, _ = birthDate(strings.TrimSpace(given(x.DateOfBirth)), e.now())
	}
	return in
}

func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
