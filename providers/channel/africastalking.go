package channel

import (
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// africasTalkingCarrier sends text messages through Africa's Talking (docs.africastalking.com/sms).
func africasTalkingCarrier(p Parts) (Carrier, error) {
	a := p.Account
	if err := needed("username", a.Username, "secret", string(a.Secret)); err != nil {
		return Carrier{}, err
	}
	base := baseOf(a, "https://api.africastalking.com")
	if a.Base == "" && a.Username == "sandbox" {
		base = "https://api.sandbox.africastalking.com"
	}
	made := p.vendorCarrier(base, models.ChannelSMS, vendorSender{
		write: func(m possession.Message) (gate.Call, error) {
			form := url.Values{"username": {a.Username}, "to": {m.Phone.E164()}, "message": {m.Text}}
			if a.Sender != "" {
				form.Set("from", a.Sender)
			}
			return postForm(base+"/version1/messaging", http.Header{"Apikey": {string(a.Secret)}}, form)
		},
		read: readAfricasTalking,
	})
	if a.ReceiptToken != "" {
		made.Reports = africasTalkingReceipts{provider: p.Name, token: string(a.ReceiptToken), from: blocks(a.ReceiptFrom)}
	}
	return made, nil
}

// africasTalkingCodes are those of a recipient. 409: the number takes no advertisements, and the sender counts as one.
var africasTalkingCodes = map[int64]possession.Outcome{
	100: possession.Accepted,
	101: possession.Accepted,
	102: possession.Accepted,
	401: possession.SenderRejected, // held back as a risk
	402: possession.SenderRejected,
	403: possession.InvalidNumber,
	404: possession.NotOnChannel,
	405: possession.WalletEmpty,
	406: possession.Blocked,
	407: possession.NotOnChannel,
	409: possession.Blocked,
	500: possession.ProviderDown,
	501: possession.ProviderDown,
	502: possession.SenderRejected,
}

// readAfricasTalking reads the result for the one recipient. Without any, nothing was sent, though the answer is a
// success.
func readAfricasTalking(got gate.Reply) possession.Delivery {
	d := possession.Delivery{Outcome: byStatus(got.Status), Why: code("", got.Status)}
	if got.Status/100 != 2 || !gjson.ValidBytes(got.Body) {
		return d
	}
	list := gjson.GetBytes(got.Body, "SMSMessageData.Recipients")
	if list.IsArray() && len(list.Array()) == 0 {
		d.Outcome, d.Why = possession.SenderRejected, "no recipients"
		return d
	}
	one := list.Get("0")
	outcome, known := africasTalkingCodes[one.Get("statusCode").Int()]
	if !known {
		return d
	}
	d.Outcome, d.Why = outcome, code(one.Get("statusCode").Raw, got.Status)
	if outcome == possession.Accepted {
		d = possession.Delivery{
			Outcome: outcome, Reference: gate.Reference(one.Get("messageId").String()), Segments: 1, Cost: price(one.Get("cost").String()),
		}
	}
	return d
}
