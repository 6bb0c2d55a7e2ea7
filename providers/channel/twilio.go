package channel

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// twilioCarrier sends text messages through Twilio (twilio.com/docs/messaging). The username is the account's SID; the
// secret is its auth token or, with key_id, that of an API key.
func twilioCarrier(p Parts) (Carrier, error) {
	a := p.Account
	if err := needed("username", a.Username, "secret", string(a.Secret), "sender", a.Sender); err != nil {
		return Carrier{}, err
	}
	base, user, token := baseOf(a, "https://api.twilio.com"), a.Username, a.ReceiptSecret
	if a.KeyID != "" {
		user = a.KeyID
	} else if token == "" {
		token = a.Secret
	}
	header := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+string(a.Secret)))}}
	address := base + "/2010-04-01/Accounts/" + url.PathEscape(a.Username) + "/Messages.json"
	made := p.vendorCarrier(base, models.ChannelSMS, vendorSender{
		write: func(m possession.Message) (gate.Call, error) {
			return postForm(address, header.Clone(), p.twilioForm(m))
		},
		read: readTwilio,
	})
	if p.PublicURL != "" && token != "" {
		made.Reports = twilioReceipts{provider: p.Name, public: p.PublicURL, token: []byte(token)}
	}
	return made, nil
}

// twilioService begins the id of a pool of senders.
const twilioService = "MG"

func (p Parts) twilioForm(m possession.Message) url.Values {
	form := url.Values{"To": {m.Phone.E164()}, "Body": {m.Text}}
	from := "From"
	if sender := p.Account.Sender; strings.HasPrefix(sender, twilioService) && len(sender) == 34 {
		from = "MessagingServiceSid"
	}
	form.Set(from, p.Account.Sender)
	if left := m.ExpiresAt.Sub(p.Now()); left >= time.Second {
		form.Set("ValidityPeriod", strconv.Itoa(int(left/time.Second)))
	}
	if back := p.receiptURL(); back != "" {
		form.Set("StatusCallback", back)
	}
	return form
}

// twilioCodes are more exact than the HTTP status. The vendor advises against relying on them.
var twilioCodes = map[int64]possession.Outcome{
	20003: possession.Credentials,
	20429: possession.RateLimited,
	21211: possession.InvalidNumber,
	21408: possession.NotOnChannel, // the account does not write to that country
	21610: possession.Blocked,
	21611: possession.RateLimited,
	21614: possession.InvalidNumber,
}

func readTwilio(got gate.Reply) possession.Delivery {
	d := possession.Delivery{Outcome: byStatus(got.Status), Why: code("", got.Status)}
	if !gjson.ValidBytes(got.Body) {
		return d
	}
	if id := gate.Reference(gjson.GetBytes(got.Body, "sid").String()); id != "" && got.Status/100 == 2 {
		segments := gjson.GetBytes(got.Body, "num_segments").Int()
		return possession.Delivery{Outcome: possession.Accepted, Reference: id, Segments: int(min(max(segments, 1), 100))}
	}
	if outcome, known := twilioCodes[gjson.GetBytes(got.Body, "code").Int()]; known && got.Status/100 == 4 {
		d.Outcome = outcome
	}
	d.Why = code(gjson.GetBytes(got.Body, "code").Raw, got.Status)
	return d
}
