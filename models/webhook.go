package models

import "time"

// WebhookEndpoint is an address at which a business wants to be told of events.
type WebhookEndpoint struct {
	BusinessID    string `gorm:"primaryKey"`
	ID            string `gorm:"primaryKey"`
	URL           string
	Algorithm     WebhookAlgorithm
	Secret        []byte    // sealed: it signs, so that a hash would not do
	Previous      []byte    // sealed: the secret before a rotation
	PreviousUntil time.Time // until then both sign
	DisabledAt    time.Time // zero = enabled
	DisabledWhy   WebhookDisabled
	Sandbox       bool      // it is told of the sandbox's lookups only
	CreatedAt     time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the table of endpoints.
func (WebhookEndpoint) TableName() string { return "webhook_endpoints" }

// Enabled tells whether events go there.
func (e WebhookEndpoint) Enabled() bool { return e.DisabledAt.IsZero() }

// WebhookAlgorithm is the hash of the hexadecimal signature.
type WebhookAlgorithm string

// The hashes that an endpoint may choose.
const (
	WebhookSHA256 WebhookAlgorithm = "sha256"
	WebhookSHA512 WebhookAlgorithm = "sha512"
)

// WebhookDisabled is why an endpoint is told nothing.
type WebhookDisabled string

// The reasons.
const (
	DisabledAsked WebhookDisabled = "asked" // the business switched it off
	DisabledGone  WebhookDisabled = "gone"  // the receiver said that it is gone for good
)

// WebhookEvent is something that a business is told of, once per type and lookup.
type WebhookEvent struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Type       string
	LookupID   string
	Sandbox    bool
	Payload    []byte    // sealed; nil after erasure
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the outbox.
func (WebhookEvent) TableName() string { return "webhook_events" }

// WebhookDelivery is the telling of one event to one endpoint. Round is 0 for the first time and grows by replays.
type WebhookDelivery struct {
	BusinessID string `gorm:"primaryKey"`
	EventID    string `gorm:"primaryKey"`
	EndpointID string `gorm:"primaryKey"`
	Round      int    `gorm:"primaryKey;autoIncrement:false"`
	State      WebhookState
	Attempts   int       // begun so far
	NextAt     time.Time // of the next attempt; while one is under way, when others may take it for lost
	Lease      string    `gorm:"column:claim"` // of whoever is delivering; empty when nobody is
	LastStatus int       // of the receiver's last answer; 0 when there was none
	LastError  string    // a class such as timeout or tls, never the receiver's words
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	EndedAt    time.Time // zero = waiting
}

// TableName is the table of deliveries.
func (WebhookDelivery) TableName() string { return "webhook_deliveries" }

// WebhookState is how far a delivery has come.
type WebhookState string

// The states of a delivery.
const (
	WebhookWaiting   WebhookState = "waiting"
	WebhookDelivered WebhookState = "delivered"
	WebhookDead      WebhookState = "dead" // given up; a replay begins anew
)
