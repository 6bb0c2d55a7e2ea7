package views

import (
	"encoding/json"

	"whoseline/lookup"
	"whoseline/models"
)

// ConsentEvent is a refusal or a withdrawal.
type ConsentEvent struct {
	ID        string                  `json:"id"`
	Kind      models.ConsentEventKind `json:"kind"`
	KeyID     string                  `json:"keyId"`
	Reason    string                  `json:"reason"`
	CreatedAt Instant                 `json:"createdAt"`
}

// ConsentEventOf shows an event.
func ConsentEventOf(e models.ConsentEvent) ConsentEvent {
	return ConsentEvent{e.ID, e.Kind, e.KeyID, e.Reason, Instant(e.CreatedAt)}
}

// Withdrawal is what is said of a withdrawal to whoever makes it.
type Withdrawal struct {
	ID        string                  `json:"id"`
	Kind      models.ConsentEventKind `json:"kind"`
	CreatedAt Instant                 `json:"createdAt"`
}

// WithdrawalOf shows a withdrawal.
func WithdrawalOf(e models.ConsentEvent) Withdrawal {
	return Withdrawal{e.ID, e.Kind, Instant(e.CreatedAt)}
}

// Consent is the evidence on which a lookup was made.
type Consent struct {
	LookupID   string          `json:"lookupId"`
	BusinessID string          `json:"businessId"`
	KeyID      string          `json:"keyId"`
	Purpose    string          `json:"purpose"`
	Notice     json.RawMessage `json:"notice"`
	Channel    string          `json:"channel"`
	GivenAt    Instant         `json:"givenAt"`
}

// ConsentOf shows the consent of a lookup and over which channel it was given.
func ConsentOf(r *lookup.Record, channel string) Consent {
	notice := json.RawMessage("null")
	if r.Notice != "" {
		notice = json.RawMessage(r.Notice)
	}
	return Consent{r.ID, r.BusinessID, r.KeyID, r.Purpose, notice, channel, Instant(r.RequestedAt)}
}
