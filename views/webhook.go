package views

import "whoseline/models"

// WebhookEndpoint is where a business is told of events.
type WebhookEndpoint struct {
	ID        string                  `json:"id"`
	URL       string                  `json:"url"`
	Algorithm models.WebhookAlgorithm `json:"algorithm"`
	Enabled   bool                    `json:"enabled"`
	CreatedAt Instant                 `json:"createdAt"`
	Secret    string                  `json:"secret,omitempty"` // shown when it is made, and never again
}

// WebhookEndpointOf shows an endpoint. secret is empty unless it was made just now.
func WebhookEndpointOf(e models.WebhookEndpoint, secret string) WebhookEndpoint {
	return WebhookEndpoint{e.ID, e.URL, e.Algorithm, e.Enabled(), Instant(e.CreatedAt), secret}
}

// WebhookEvent is an event that endpoints are told of.
type WebhookEvent struct {
	ID        string  `json:"id"`
	Type      string  `json:"type"`
	LookupID  string  `json:"lookupId"`
	CreatedAt Instant `json:"createdAt"`
}

// WebhookEventOf shows an event.
func WebhookEventOf(e models.WebhookEvent) WebhookEvent {
	return WebhookEvent{e.ID, e.Type, e.LookupID, Instant(e.CreatedAt)}
}
