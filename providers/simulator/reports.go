package simulator

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the vendor's signature is made with it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
)

// report is what a vendor tells later of a text that it accepted.
type report struct {
	Status string            `json:"status"` // in the vendor's words, unless the control plane names another
	Body   any               `json:"body"`   // JSON …
	Form   map[string]string `json:"form"`   // … or a form
	Other  map[string]any    `json:"other"`  // the body by status, where it is another
	Header string            `json:"header"` // of the signature; none = whoever knows the address may send it
	Sign   string            `json:"sign"`   // sha512, sha256 or form
}

const formType = "application/x-www-form-urlencoded"

// report makes what a vendor reports of a message that it accepted. Status is in the vendor's own words, signature
// valid (default), wrong or none.
func (s *Simulator) report(v *vendor, ask firing) (message, error) {
	found := s.texts.find(func(m Text) bool { return m.Vendor == v.name && m.ID == ask.ID })
	if len(found) == 0 {
		return message{}, errNoSuchResult
	}
	if !slices.Contains([]string{"", "valid", "wrong", "none"}, ask.Signature) {
		return message{}, badSignature("valid, wrong or none")
	}
	m, status := found[0], ask.Status
	if status == "" {
		status = v.Report.Status
	}
	about := &call{sim: s, vendor: v, route: &route{}, number: m.To, notes: map[string]any{
		"message_id": m.ID, "to": m.To, "from": m.From, "message": m.Text, "status": status,
	}}
	sent := about.reported(status)
	if v.Report.Header != "" && ask.Signature != "none" {
		sent.header[v.Report.Header] = v.Report.signature(v.Credentials, ask, sent.body)
	}
	return sent, nil
}

// reported is a report without its signature.
func (c *call) reported(status string) message {
	r := c.vendor.Report
	if r.Form != nil {
		form := url.Values{}
		for name, value := range r.Form {
			form.Set(name, c.filled(value))
		}
		return message{body: []byte(form.Encode()), header: map[string]string{"Content-Type": formType}}
	}
	body := r.Body
	if other, has := r.Other[status]; has {
		body = other
	}
	return message{body: encode(c.render(body)), header: map[string]string{}}
}

// signature signs a report, under another secret where a wrong one is asked for.
func (r *report) signature(with Credentials, ask firing, body []byte) string {
	secret := with.WebhookSecret
	if secret == "" {
		secret = with.Secret
	}
	if ask.Signature == "wrong" {
		secret = "another secret"
	}
	switch r.Sign {
	case "sha512":
		return hexMAC(sha512.New, secret, body)
	case "sha256":
		return "sha256=" + hexMAC(sha256.New, secret, body)
	default:
		return formSignature(secret, ask, body)
	}
}

// formSignature signs the fields together with the address that the vendor believes it calls.
func formSignature(secret string, ask firing, body []byte) string {
	form, _ := url.ParseQuery(string(body)) // reported wrote it
	signed := ask.SignedURL
	if signed == "" {
		signed = ask.URL
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(signed))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
