package channel

import (
	"crypto/sha256"
	"strings"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// whatsappReceipts are JSON, signed as a whole. Before the first one the vendor sends a greeting and expects its
// challenge back.
type whatsappReceipts struct {
	provider string
	secret   []byte
	token    string // of the greeting
}

// Read gives the receipts of a request, which may hold many, or none beside other news.
func (r whatsappReceipts) Read(m ReportRequest) (Reported, error) {
	if m.Greeting {
		return r.greet(m)
	}
	signature, ok := strings.CutPrefix(m.Header("X-Hub-Signature-256"), "sha256=")
	if !ok || !signedHex(sha256.New, r.secret, m.Body, signature) {
		return Reported{}, ErrForged
	}
	if !gjson.ValidBytes(m.Body) {
		return Reported{}, ErrUnread
	}
	var told Reported
	gjson.GetBytes(m.Body, "entry.#.changes.#.value.statuses|@flatten:{\"deep\":true}").ForEach(func(_, status gjson.Result) bool {
		if id := gate.Reference(status.Get("id").String()); id != "" {
			told.Receipts = append(told.Receipts, possession.DeliveryReport{
				Provider: r.provider, Reference: id, State: whatsappState(status.Get("status").String()),
			})
		}
		return len(told.Receipts) < maxReports
	})
	return told, nil
}

func (r whatsappReceipts) greet(m ReportRequest) (Reported, error) {
	challenge := gate.Reference(m.Query.Get("hub.challenge"))
	if m.Query.Get("hub.mode") != "subscribe" || !sameSecret(m.Query.Get("hub.verify_token"), r.token) || challenge == "" {
		return Reported{}, ErrForged
	}
	return Reported{Echo: challenge}, nil
}

func whatsappState(status string) models.DeliveryState {
	switch status {
	case "sent":
		return models.DeliverySent
	case "delivered", "read":
		return models.DeliveryDelivered
	case "failed":
		return models.DeliveryFailed
	default:
		return models.DeliveryUnknown
	}
}
