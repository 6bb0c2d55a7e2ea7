package models

import "time"

// Channel is how a code reaches a person. Channel.Assurance tells what a proof by it is worth.
type Channel string

// The channels.
const (
	ChannelSMS      Channel = "sms"
	ChannelWhatsApp Channel = "whatsapp"
	ChannelEmail    Channel = "email"
	ChannelTrust    Channel = "trust" // the business vouched for the number, or got the code handed back
)

// DeliveryState is how far a message has come since a provider took it, as the provider reports later.
type DeliveryState string

// The states. Nothing follows a final one.
const (
	DeliveryQueued    DeliveryState = "queued"
	DeliverySent      DeliveryState = "sent"
	DeliveryDelivered DeliveryState = "delivered" // final, as are those below
	DeliveryFailed    DeliveryState = "failed"
	DeliveryExpired   DeliveryState = "expired"
	DeliveryRejected  DeliveryState = "rejected"
	DeliveryUnknown   DeliveryState = "unknown" // the provider does not know: anything may follow
)

// SendDecision is what became of a wish to send a code.
type SendDecision string

// The decisions.
const (
	SendAllowed    SendDecision = "allowed"
	SendRecorded   SendDecision = "recorded"    // allowed, though a limit that is only watched would have refused it
	SendRefused    SendDecision = "refused"     // a limit was reached
	SendHandedBack SendDecision = "handed_back" // nothing was sent: the business got the code
)

// Sending is the record of a decision to send a code, or not to, and of what came of it.
type Sending struct {
	BusinessID  string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Subject     string
	Channel     Channel
	NumberIndex []byte       // nil after erasure
	IPIndex     []byte       `gorm:"column:ip_index"` // keyed hash of the address that asked; nil when unknown
	Prefix      string       // the block of a million numbers that the number belongs to
	Region      string       // ISO 3166 code of the number's country; "" = unknown
	Decision    SendDecision `gorm:"column:verdict"`
	Reasons     []string     `gorm:"serializer:json"` // the limits that spoke against it
	Outcome     string       // how the sender ended; "" while it is under way
	Provider    string
	Reference   string // the provider's own
	Segments    int
	Cost        int64  // minor units
	Currency    string // of the cost; "" = there is none
	At          time.Time
	Tries       []SendTry     `gorm:"serializer:json"` // of providers, in order
	Delivery    DeliveryState // as the provider reported later; "" = it has not yet
	DeliveryAt  time.Time     // of that report
}

// SendTry is one provider's turn with a message. It holds nothing of the message, nor of its receiver.
type SendTry struct {
	Provider string `json:"by"`
	Outcome  string `json:"outcome"`
	Why      string `json:"why,omitempty"` // the provider's own code for it
	Millis   int64  `json:"ms"`
}

// TableName is the table of sendings.
func (Sending) TableName() string { return "possession_sends" }
