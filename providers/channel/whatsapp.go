package channel

import (
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// whatsappVersion is the version of the Cloud API that is spoken.
const whatsappVersion = "v21.0"

// whatsappCarrier sends codes through the WhatsApp Cloud API (developers.facebook.com), with an authentication template
// of the operator's. The text is kept there, so a business's own template does not apply. The sender is the telephone
// number's id there.
func whatsappCarrier(p Parts) (Carrier, error) {
	a := p.Account
	if err := needed("sender", a.Sender, "secret", string(a.Secret), "template", a.Template); err != nil {
		return Carrier{}, err
	}
	if a.Language == "" {
		a.Language = "en_US"
	}
	base := baseOf(a, "https://graph.facebook.com")
	address := base + "/" + whatsappVersion + "/" + url.PathEscape(a.Sender) + "/messages"
	made := p.vendorCarrier(base, models.ChannelWhatsApp, vendorSender{
		write: func(m possession.Message) (gate.Call, error) {
			return postJSON(address, http.Header{"Authorization": {"Bearer " + string(a.Secret)}}, whatsappMessage(m, a.Template, a.Language))
		},
		read: readWhatsApp,
	})
	if a.ReceiptSecret != "" {
		made.Reports = whatsappReceipts{provider: p.Name, secret: []byte(a.ReceiptSecret), token: string(a.ReceiptToken)}
	}
	return made, nil
}

type whatsappBody struct {
	Product  string           `json:"messaging_product"`
	To       string           `json:"to"`
	Type     string           `json:"type"`
	Template whatsappTemplate `json:"template"`
}

type whatsappTemplate struct {
	Name       string              `json:"name"`
	Language   whatsappLanguage    `json:"language"`
	Components []whatsappComponent `json:"components"`
}

type whatsappLanguage struct {
	Code string `json:"code"`
}

type whatsappComponent struct {
	Type       string              `json:"type"`
	SubType    string              `json:"sub_type,omitempty"`
	Index      string              `json:"index,omitempty"`
	Parameters []whatsappParameter `json:"parameters"`
}

type whatsappParameter struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// whatsappMessage has the code twice: in the text, and behind the button that copies it.
func whatsappMessage(m possession.Message, template, language string) whatsappBody {
	code := []whatsappParameter{{Type: "text", Text: m.Code}}
	return whatsappBody{
		Product: "whatsapp", To: m.Phone.Digits(), Type: "template",
		Template: whatsappTemplate{
			Name: template, Language: whatsappLanguage{Code: language},
			Components: []whatsappComponent{
				{Type: "body", Parameters: code},
				{Type: "button", SubType: "url", Index: "0", Parameters: code},
			},
		},
	}
}

// whatsappCodes are the vendor's errors. 131026 says that the person has no WhatsApp, or not one that takes templates.
var whatsappCodes = map[int64]possession.Outcome{
	0:      possession.Credentials,
	1:      possession.ProviderDown,
	2:      possession.ProviderDown,
	190:    possession.Credentials,
	130429: possession.RateLimited,
	131026: possession.NotOnChannel,
	131031: possession.Credentials,
	131042: possession.WalletEmpty,
	131048: possession.RateLimited,
	131056: possession.RateLimited,
	132001: possession.SenderRejected,
}

func readWhatsApp(got gate.Reply) possession.Delivery {
	d := possession.Delivery{Outcome: byStatus(got.Status), Why: code("", got.Status)}
	if !gjson.ValidBytes(got.Body) {
		return d
	}
	if id := gate.Reference(gjson.GetBytes(got.Body, "messages.0.id").String()); id != "" && got.Status/100 == 2 {
		return possession.Delivery{Outcome: possession.Accepted, Reference: id, Segments: 1}
	}
	said := gjson.GetBytes(got.Body, "error.code")
	if outcome, known := whatsappCodes[said.Int()]; known && said.Type == gjson.Number {
		d.Outcome = outcome
	}
	d.Why = code(said.Raw, got.Status)
	return d
}
