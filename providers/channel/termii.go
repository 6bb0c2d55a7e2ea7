package channel

import (
	"crypto/sha512"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// termiiCarrier sends text messages through Termii (developer.termii.com), always on its route dnd. The other route
// carries no codes, skips numbers that take no advertisements, and one network closes it at night.
func termiiCarrier(p Parts) (Carrier, error) {
	a := p.Account
	if err := needed("base", a.Base, "secret", string(a.Secret), "sender", a.Sender); err != nil {
		return Carrier{}, err
	}
	made := p.vendorCarrier(a.Base, models.ChannelSMS, vendorSender{
		write: func(m possession.Message) (gate.Call, error) {
			return postJSON(baseOf(a, "")+"/sms/send", nil, termiiMessage{
				Key: string(a.Secret), To: m.Phone.Digits(), From: a.Sender, Text: m.Text, Type: "plain", Channel: "dnd",
			})
		},
		read: readTermii,
	})
	if a.ReceiptSecret != "" {
		made.Reports = termiiReceipts{provider: p.Name, secret: []byte(a.ReceiptSecret)}
	}
	return made, nil
}

type termiiMessage struct {
	Key     string `json:"api_key"`
	To      string `json:"to"`
	From    string `json:"from"`
	Text    string `json:"sms"`
	Type    string `json:"type"`
	Channel string `json:"channel"`
}

// termiiSays distinguishes refusals by the vendor's words, because it has no codes. The words for an empty wallet are a
// guess: the vendor does not publish them.
var termiiSays = []struct {
	words   *regexp.Regexp
	outcome possession.Outcome
}{
	{regexp.MustCompile(`(?i)insufficient|low balance|balance is low`), possession.WalletEmpty},
	{regexp.MustCompile(`(?i)sender ?id`), possession.SenderRejected},
	{regexp.MustCompile(`(?i)not set up on this route`), possession.SenderRejected},
	{regexp.MustCompile(`(?i)account is not active|api key`), possession.Credentials},
	{regexp.MustCompile(`(?i)daily limit`), possession.RateLimited},
	{regexp.MustCompile(`(?i)\bdnd\b|blacklist`), possession.Blocked},
	{regexp.MustCompile(`(?i)invalid.*(number|recipient)|number.*(invalid|not valid)`), possession.InvalidNumber},
}

func readTermii(got gate.Reply) possession.Delivery {
	d := possession.Delivery{Outcome: byStatus(got.Status), Why: code("", got.Status)}
	if !gjson.ValidBytes(got.Body) {
		return d
	}
	if id := gate.Reference(gjson.GetBytes(got.Body, "message_id").String()); id != "" && got.Status/100 == 2 {
		return possession.Delivery{Outcome: possession.Accepted, Reference: id, Segments: 1}
	}
	said := gjson.GetBytes(got.Body, "message").String()
	for _, known := range termiiSays {
		if got.Status/100 != 5 && known.words.MatchString(said) {
			d.Outcome = known.outcome
			break
		}
	}
	return d
}

// termiiReceipts are JSON, signed as a whole. They repeat the text of the message, and so the code: that member is not
// read.
type termiiReceipts struct {
	provider string
	secret   []byte
}

// Read gives the one receipt of a mail.
func (r termiiReceipts) Read(m ReportRequest) (Reported, error) {
	if m.Greeting || !signedHex(sha512.New, r.secret, m.Body, m.Header("X-Termii-Signature")) {
		return Reported{}, ErrForged
	}
	if !gjson.ValidBytes(m.Body) {
		return Reported{}, ErrUnread
	}
	return oneReceipt(r.provider, gjson.GetBytes(m.Body, "message_id").String(), termiiState(gjson.GetBytes(m.Body, "status").String()))
}

// termiiWords are the beginnings of the vendor's words, in lower case and without "message" before them.
var termiiWords = []struct {
	begins string
	state  models.DeliveryState
}{
	{"delivered", models.DeliveryDelivered},
	{"failed", models.DeliveryFailed},
	{"undeliver", models.DeliveryFailed},
	{"dnd active", models.DeliveryRejected},
	{"rejected", models.DeliveryRejected},
	{"expired", models.DeliveryExpired},
	{"sent", models.DeliverySent},
}

// termiiState reads what stands before an explanation: "DELIVERED | Message delivered to handset".
func termiiState(status string) models.DeliveryState {
	status, _, _ = strings.Cut(strings.ToLower(status), "|")
	status = strings.TrimPrefix(strings.TrimSpace(status), "message ")
	for _, word := range termiiWords {
		if strings.HasPrefix(status, word.begins) {
			return word.state
		}
	}
	return models.DeliveryUnknown
}
