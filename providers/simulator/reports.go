package simulator

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the vendor's signature is made with it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// textReceipt makes what a vendor reports of a message that it accepted. Status is in the vendor's own words, signature
// valid (default), wrong or none.
func (s *Simulator) textReceipt(name string, compose func(s *Simulator, ask firing, m Text) message) func(*http.Request, firing) (message, error) {
	return func(_ *http.Request, ask firing) (message, error) {
		found := s.texts.find(func(m Text) bool { return m.Vendor == name && m.ID == ask.ID })
		if len(found) == 0 {
			return message{}, errNoSuchResult
		}
		if !slices.Contains([]string{"", "valid", "wrong", "none"}, ask.Signature) {
			return message{}, fmt.Errorf("%w: signature is valid, wrong or none", errFiring)
		}
		return compose(s, ask, found[0]), nil
	}
}

// sign gives a header with the signature that is asked for; with is the vendor's secret.
func (ask firing) sign(header, with string, signature func(secret string) string) map[string]string {
	switch ask.Signature {
	case "none":
		return map[string]string{}
	case "wrong":
		with = "another secret"
	}
	return map[string]string{header: signature(with)}
}

func (ask firing) status(usual string) string {
	if ask.Status == "" {
		return usual
	}
	return ask.Status
}

func (s *Simulator) secretOf(name string) Credentials {
	v, _ := s.vendor(name) // those that report are in the table
	return v.credentials
}

// termiiReceipt repeats the text of the message, as the vendor does.
func termiiReceipt(s *Simulator, ask firing, m Text) message {
	body := encode(obj{
		"type": "outbound", "id": m.ID, "message_id": m.ID, "receiver": m.To, "sender": m.From, "message": m.Text,
		"sent_at": "2026-11-25 10:00:00", "cost": "3.5", "status": ask.status("DELIVERED"), "channel": "dnd",
	})
	return message{body: body, header: ask.sign("X-Termii-Signature", s.secretOf("termii").WebhookSecret, func(secret string) string {
		return hexMAC(sha512.New, secret, body)
	})}
}

// africasTalkingReceipt is not signed: whoever knows the address may send it.
func africasTalkingReceipt(_ *Simulator, ask firing, m Text) message {
	form := url.Values{"id": {m.ID}, "status": {ask.status("Success")}, "phoneNumber": {m.To}, "networkCode": {"62130"}}
	return message{body: []byte(form.Encode()), header: map[string]string{"Content-Type": formType}}
}

const formType = "application/x-www-form-urlencoded"

// twilioReceipt is signed together with the address that the vendor believes it calls.
func twilioReceipt(s *Simulator, ask firing, m Text) message {
	form := url.Values{
		"MessageSid": {m.ID}, "SmsSid": {m.ID}, "MessageStatus": {ask.status("delivered")}, "To": {m.To}, "From": {m.From}, "ErrorCode": {""},
	}
	signed := ask.SignedURL
	if signed == "" {
		signed = ask.URL
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	header := ask.sign("X-Twilio-Signature", s.secretOf("twilio").Secret, func(secret string) string {
		mac := hmac.New(sha1.New, []byte(secret))
		mac.Write([]byte(signed))
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	})
	header["Content-Type"] = formType
	return message{body: []byte(form.Encode()), header: header}
}

func whatsappReceipt(s *Simulator, ask firing, m Text) message {
	status := obj{"id": m.ID, "status": ask.status("delivered"), "timestamp": "1764064800", "recipient_id": m.To}
	if ask.Status == "failed" {
		status["errors"] = list{obj{"code": 131026, "title": "Message undeliverable"}}
	}
	body := encode(obj{"object": "whatsapp_business_account", "entry": list{obj{"id": "1", "changes": list{obj{
		"field": "messages", "value": obj{"messaging_product": "whatsapp", "statuses": list{status}},
	}}}}})
	return message{body: body, header: ask.sign("X-Hub-Signature-256", s.secretOf("whatsapp").WebhookSecret, func(secret string) string {
		return "sha256=" + hexMAC(sha256.New, secret, body)
	})}
}
