package views

import (
	"whoseline/models"
	"whoseline/payments"
)

// TopUp is a payment into a wallet.
type TopUp struct {
	ID        string         `json:"id"`
	State     payments.State `json:"state"`
	Why       string         `json:"why,omitempty"`
	Amount    int64          `json:"amount"`   // kobo, what was asked for
	Paid      int64          `json:"paid"`     // kobo, as the vendor says
	Credited  int64          `json:"credited"` // kobo, what the wallet got
	Currency  string         `json:"currency"`
	Vendor    string         `json:"vendor"`
	Reference string         `json:"reference"`
	URL       string         `json:"url,omitempty"` // where it is paid, while it is open
	CreatedAt Instant        `json:"createdAt"`
	ExpiresAt Instant        `json:"expiresAt"`
	EndedAt   *Instant       `json:"endedAt"`
}

// TopUpOf shows a top-up.
func TopUpOf(t payments.TopUp) TopUp {
	v := TopUp{
		ID: t.ID, State: t.State, Why: t.Why, Amount: t.Amount, Paid: t.Paid, Credited: t.Credited, Currency: models.Naira, Vendor: t.Vendor,
		Reference: t.Reference, CreatedAt: Instant(t.CreatedAt), ExpiresAt: Instant(t.ExpiresAt), EndedAt: At(t.EndedAt),
	}
	if t.State == payments.Open {
		v.URL = t.URL
	}
	return v
}
