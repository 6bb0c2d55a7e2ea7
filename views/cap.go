package views

import (
	"time"

	"whoseline/billing"
	"whoseline/models"
)

// Cap is what a key or a business may spend in a day or a month, and how much of it is used.
type Cap struct {
	Key         string         `json:"key,omitempty"` // missing: it is of the whole business
	Period      billing.Period `json:"period"`
	Money       *int64         `json:"money"` // kobo; null = no bound
	Spent       int64          `json:"spent"`
	Lookups     *int64         `json:"lookups"` // null = no bound
	LookupsUsed int64          `json:"lookupsUsed"`
	Currency    string         `json:"currency"`
	EndsAt      Instant        `json:"endsAt"` // when nothing of it is used any more
}

// CapOf shows a cap as of a moment.
func CapOf(c billing.Cap, now time.Time, zone *time.Location) Cap {
	c = c.Used(now, zone)
	return Cap{c.Owner, c.Period, c.Money, c.Spent, c.Lookups, c.Asked, models.Naira, Instant(c.Ends(zone).UTC())}
}

// WalletWarning is what a business is told about its balance.
type WalletWarning struct {
	Balance   int64   `json:"balance"` // available and held, in kobo
	Threshold *int64  `json:"threshold"`
	Currency  string  `json:"currency"`
	At        Instant `json:"at"`
}

// CapWarning is what a business is told when four fifths of a cap are used.
type CapWarning struct {
	Cap
	At Instant `json:"at"`
}

// WarningOf shows a warning, as an event carries it.
func WarningOf(w billing.Warning, zone *time.Location) any {
	if w.Kind != billing.SpendCapNear {
		return WalletWarning{w.Amount, w.Bound, models.Naira, Instant(w.At)}
	}
	c := billing.Cap{Owner: w.Owner, Period: w.Period, Money: w.Bound, Lookups: w.AskedBound, Since: w.Since, Spent: w.Amount, Asked: w.Asked}
	return CapWarning{
		Cap{c.Owner, c.Period, c.Money, c.Spent, c.Lookups, c.Asked, models.Naira, Instant(c.Ends(zone).UTC())}, Instant(w.At),
	}
}
