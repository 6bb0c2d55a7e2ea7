package billing

import (
	"time"

	"whoseline/models"
)

// What a business is told about its money. An episode begins with low or depleted and ends with recovered; each is told once in it.
const (
	WalletLow       = "wallet.low"       // available and held together have fallen below the threshold
	WalletDepleted  = "wallet.depleted"  // nothing is left, or a lookup was refused for want of money
	WalletRecovered = "wallet.recovered" // the balance is at the threshold again, or above
	SpendCapNear    = "spend_cap.near"   // four fifths of a cap are used
)

// Warning is something that a business is to be told.
type Warning struct {
	ID         int64 `gorm:"primaryKey"`
	BusinessID string
	Kind       string
	Owner      string // of a cap, as are the ones below but Amount and Bound
	Period     Period
	Since      string
	Amount     int64  // kobo; what is in the wallet, or spent under the cap
	Bound      *int64 // kobo; the threshold, or the cap
	Asked      int64
	AskedBound *int64
	At         time.Time
}

// TableName is the table of warnings.
func (Warning) TableName() string { return "wallet_warnings" }

// levelAfter is what a business has been told once the wallet's balance is what it is. credited: money came in. Nothing else ends it
// that a wallet is depleted: one with a little left may have refused a lookup.
func levelAfter(w models.Wallet, credited bool) models.WalletLevel {
	total := w.Available + w.Held
	switch {
	case w.Threshold == nil:
		return w.Level
	case total == 0, w.Level == models.WalletDepleted && !credited:
		return models.WalletDepleted
	case total < *w.Threshold:
		return models.WalletLow
	}
	return models.WalletEnough
}

// kindOf is what is told when a wallet comes to another level; empty = nothing.
func kindOf(from, to models.WalletLevel) string {
	switch {
	case from == to:
		return ""
	case to == models.WalletEnough:
		return WalletRecovered
	case to == models.WalletDepleted:
		return WalletDepleted
	case from == models.WalletEnough:
		return WalletLow
	}
	return "" // a little came in after the wallet was empty
}

// watch notes what the business is to be told now that the balance has changed.
func (a *account) watch(at time.Time) {
	to := levelAfter(a.Wallet, a.credited)
	if kind := kindOf(a.Level, to); kind != "" {
		a.warnings = append(a.warnings, Warning{
			BusinessID: a.BusinessID, Kind: kind, Amount: a.Available + a.Held, Bound: a.Threshold, At: at,
		})
	}
	a.Level = to
}

// capWarning says that a cap is near.
func capWarning(c Cap, at time.Time) Warning {
	return Warning{
		BusinessID: c.BusinessID, Kind: SpendCapNear, Owner: c.Owner, Period: c.Period, Since: c.Since, Amount: c.Spent, Bound: c.Money,
		Asked: c.Asked, AskedBound: c.Lookups, At: at,
	}
}
