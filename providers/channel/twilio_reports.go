package channel

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the vendor's signature is made with it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"whoseline/models"
)

// twilioReceipts are forms, signed together with the address at which the vendor thinks it reaches us, or JSON whose
// hash is part of that address.
type twilioReceipts struct {
	provider string
	public   string // where the vendor reaches us
	token    []byte
}

// Read gives the one receipt of a mail.
func (r twilioReceipts) Read(m ReportRequest) (Reported, error) {
	form, err := url.Values{}, error(nil)
	if hash := m.Query.Get("bodySHA256"); hash == "" {
		form, err = url.ParseQuery(string(m.Body))
	} else if !hashOf(m.Body, hash) {
		return Reported{}, ErrForged
	}
	if err != nil {
		return Reported{}, ErrUnread
	}
	if m.Greeting || !r.signed(m, form) {
		return Reported{}, ErrForged
	}
	if len(form) > 0 {
		return oneReceipt(r.provider, form.Get("MessageSid"), twilioState(form.Get("MessageStatus")))
	}
	if !gjson.ValidBytes(m.Body) {
		return Reported{}, ErrUnread
	}
	return oneReceipt(r.provider, gjson.GetBytes(m.Body, "MessageSid").String(), twilioState(gjson.GetBytes(m.Body, "MessageStatus").String()))
}

// signed checks the signature over the address with and without its port, as the vendor's own libraries do.
func (r twilioReceipts) signed(m ReportRequest, form url.Values) bool {
	given, err := base64.StdEncoding.DecodeString(m.Header("X-Twilio-Signature"))
	if err != nil {
		return false
	}
	tail := sortedForm(form)
	good := false
	for _, address := range addresses(r.public, m.Path) {
		mac := hmac.New(sha1.New, r.token)
		mac.Write([]byte(address + tail))
		good = hmac.Equal(given, mac.Sum(nil)) || good
	}
	return good
}

// addresses gives a public URL with a path and query behind it, without a port and with one.
func addresses(public, path string) []string {
	at, err := url.Parse(public)
	if err != nil {
		return nil
	}
	rest := strings.TrimSuffix(at.EscapedPath(), "/") + path
	host, port := at.Hostname(), at.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[at.Scheme]
	}
	return []string{at.Scheme + "://" + host + rest, at.Scheme + "://" + host + ":" + port + rest}
}

// sortedForm writes names and values one behind the other, by name, each value once.
func sortedForm(form url.Values) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range slices.Compact(slices.Sorted(slices.Values(form[name]))) {
			text.WriteString(name + value)
		}
	}
	return text.String()
}

func hashOf(body []byte, given string) bool {
	sum := sha256.Sum256(body)
	return sameSecret(strings.ToLower(given), hex.EncodeToString(sum[:]))
}

func twilioState(status string) models.DeliveryState {
	switch status {
	case "accepted", "scheduled", "queued", "sending":
		return models.DeliveryQueued
	case "sent":
		return models.DeliverySent
	case "delivered", "read":
		return models.DeliveryDelivered
	case "undelivered", "failed":
		return models.DeliveryFailed
	case "canceled":
		return models.DeliveryRejected
	default:
		return models.DeliveryUnknown
	}
}
