package vendor

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

// Inquiry is what an endpoint is asked. Empty fields are unknown, and an endpoint that needs them is not asked.
type Inquiry struct {
	Phone         models.Phone
	First         string
	Middle        string
	Last          string
	Full          string
	BirthDate     string    // YYYY-MM-DD
	Reference     string    // ours, for vendors that take one
	MaxAgeHours   int       // how far back a SIM swap matters
	TenureDate    string    // YYYY-MM-DD
	SpecifiedDate string    // YYYY-MM-DD
	ConsentAt     time.Time // when the caller said that the subject agreed; zero = nobody said so
	NoticeURL     string    // of the privacy notice that the subject saw
	NoticeLang    string
	Photo         bool // the photo was paid for; else it is dropped
}

// Endpoint is one definition with the operator's account, ready to be asked. It is safe for concurrent use.
type Endpoint struct {
	def    *definition
	base   string
	auth   authoriser
	vars   values // of the account
	limits gate.Limits
	client *gate.Client
	now    func() time.Time
	sleep  func(ctx context.Context, span time.Duration) error
}

// Name is the definition's.
func (e *Endpoint) Name() string { return e.def.ID }

// Close lets go of the connections that are kept.
func (e *Endpoint) Close() error {
	e.client.Close()
	return nil
}

// Ask asks the vendor, at most once as far as the vendor could bill it. It honours ctx. If the vendor refuses an access
// token, Ask fetches a new one and asks once more.
func (e *Endpoint) Ask(ctx context.Context, in Inquiry) Reading {
	v, ok := e.def.values(in)
	if !ok {
		return Reading{Outcome: models.OutcomeNotApplicable}
	}
	for name, value := range e.vars {
		v[name] = value
	}
	said := e.insist(v, func() Reading {
		return e.exchange(ctx, e.def.Request, v, func(got gate.Reply) Reading { return e.def.read(got, in, e.now()) })
	})
	if said.Outcome == models.OutcomePending && e.def.promisesOurs() {
		said.Ref = in.Reference
	}
	return said
}

// insist asks, and once more with a new access token if the vendor refused the one that it was asked with.
func (e *Endpoint) insist(v values, ask func() Reading) Reading {
	said := ask()
	if said.Outcome == models.OutcomeCredentials && said.HTTP == http.StatusUnauthorized && e.auth.renew(v) {
		return ask()
	}
	return said
}

func (e *Endpoint) exchange(ctx context.Context, r requestTemplate, v values, read func(gate.Reply) Reading) Reading {
	if refusal := e.auth.prepare(ctx, v); refusal != nil {
		refusal.Billed = new(bool) // no: the question itself was not asked
		return *refusal
	}
	out, err := r.render(e.base, v)
	if err != nil {
		return Reading{Outcome: models.OutcomeNotApplicable, Err: err}
	}
	e.auth.sign(out)
	got, err := e.client.Send(ctx, out)
	if err != nil {
		return unanswered(ctx, got, err)
	}
	return read(got)
}

// values gives the variables of the templates for an inquiry, or false when the definition cannot be asked about it.
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
	if !in.ConsentAt.IsZero() {
		v["consent"], v["consent_at"] = "TRUE", in.ConsentAt.UTC().Format(time.RFC3339)
		v["notice_url"], v["notice_language"] = in.NoticeURL, in.NoticeLang
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

// render fills the question's templates.
func (d *definition) render(base string, v values) (gate.Call, error) {
	return d.Request.render(base, v)
}

// render fills the request's templates. Its error names no value.
func (r requestTemplate) render(base string, v values) (out gate.Call, err error) {
	path, err := r.Path.path(v)
	if err != nil {
		return gate.Call{}, err
	}
	out = gate.Call{Method: r.Method, Header: http.Header{}}
	if out.URL, err = url.Parse(strings.TrimSuffix(base, "/") + path); err != nil {
		return gate.Call{}, gate.ErrUnfit
	}
	out.URL.RawQuery = encode(r.Query, v)
	for name, t := range r.Headers {
		if t.void(v) {
			continue
		}
		text, err := t.header(v)
		if err != nil {
			return gate.Call{}, err
		}
		out.Header[http.CanonicalHeaderKey(name)] = []string{text}
	}
	switch {
	case r.JSON != nil:
		out.Header.Set("Content-Type", "application/json")
		out.Body, err = r.JSON.encode(v)
	case r.Form != nil:
		out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out.Body = []byte(encode(r.Form, v))
	case r.Multipart != nil:
		err = parts(&out, r.Multipart, v)
	}
	return out, err
}

// newEndpoint joins a definition and an account. The error says which setting is missing, and never shows one.
func (p Parts) newEndpoint(d *definition) (*Endpoint, error) {
	account := p.Vendors[d.Vendor]
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
		"callback_url": account.CallbackURL,
	}
	for _, name := range d.Account {
		if vars[name] == "" {
			return nil, errors.New(setting + name + " is not set")
		}
	}
	limits := d.limits().Within(p.Limits)
	client := gate.NewClient(limits.MaxInflight, account.Base, account.TokenURL).Over(p.Far)
	e := &Endpoint{def: d, base: base, vars: vars, limits: limits, client: client, now: p.Now, sleep: gate.Sleep}
	var err error
	if e.auth, err = newAuthoriser(e, account); err != nil {
		return nil, fmt.Errorf("%s%w", setting, err)
	}
	return e, nil
}

// unanswered is the meaning of an exchange without a reply.
func unanswered(ctx context.Context, got gate.Reply, err error) Reading {
	said := Reading{Outcome: models.OutcomeProviderDown, HTTP: got.Status, Err: err}
	var failure *gate.Failure
	var network net.Error
	switch {
	case errors.Is(err, gate.ErrUnfit):
		said.Outcome = models.OutcomeNotApplicable
	case errors.Is(err, gate.ErrTooLarge):
		said.Outcome = models.OutcomeBadPayload
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		said.Outcome = models.OutcomeTimeout
	case ctx.Err() != nil:
		said.Outcome = models.OutcomeCanceled
	case errors.As(err, &failure) && failure.Sent && errors.As(failure.Err, &network) && network.Timeout():
		said.Outcome = models.OutcomeTimeout
	}
	if errors.As(err, &failure) && !failure.Sent { // it never got the question
		billed := false
		said.Billed = &billed
	}
	return said
}
