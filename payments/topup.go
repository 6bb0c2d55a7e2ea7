// Package payments answers: did the money for a wallet come? A business starts a payment with a vendor and pays on the vendor's page. What
// the vendor brings is a hint only: money is believed when the vendor, asked by us, says so, and is credited once.
package payments

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// State is what became of a top-up.
type State string

// The states of a top-up.
const (
	Open      State = "open"
	Paid      State = "paid"      // and credited
	Failed    State = "failed"    // the vendor says that it will not be paid
	Abandoned State = "abandoned" // nobody paid in time; what is paid later is credited all the same
	Review    State = "review"    // money came that cannot be credited, such as in another currency: somebody has to look
	Reversed  State = "reversed"  // the vendor took the money back after it was credited
)

// TopUp is a payment into a wallet.
type TopUp struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Reference  string // what the vendor knows it by
	Token      []byte // keyed hash of the idempotency key that it was started under; nil = none
	Vendor     string
	KeyID      string // the API key that started it; empty = a person did
	Amount     int64  // kobo, what was asked for
	State      State
	Why        string // see Judge
	Paid       int64  // kobo, as the vendor says
	Credited   int64  // kobo
	URL        string // where it is paid
	Tries      int64
	VerifyAt   *time.Time // nil = the vendor is not asked again
	CreatedAt  time.Time  `gorm:"autoCreateTime:false"`
	ExpiresAt  time.Time
	EndedAt    time.Time
}

// TableName is the table of top-ups.
func (TopUp) TableName() string { return "top_ups" }

// Seen is what a vendor says of a payment.
type Seen struct {
	Unknown   bool // the vendor knows of none
	State     State
	Amount    int64 // kobo
	Currency  string
	Reference string
	Word      string // the vendor's own, where the definition does not know it; empty = it does
}

// Verdict is what follows from what a vendor says.
type Verdict struct {
	State  State
	Why    string
	Credit int64 // kobo
}

// Why a top-up is in its state, where that is not the usual one.
const (
	whyPartial   = "partial"          // less came than was asked for: it is credited
	whyOverpaid  = "overpaid"         // more came: it is credited
	whyLate      = "late"             // it came after the time was over: it is credited
	whyCurrency  = "foreign_currency" // it came in another currency
	whyAmount    = "no_amount"        // the vendor says that it was paid, and not how much
	whyReference = "other_reference"  // the vendor told of another payment
	whyTakenBack = "taken_back"       // before it was credited
	whyNoWord    = "no_word"          // the vendor said nothing for days
)

// Judge decides what becomes of a top-up. It is the table of docs/operate/payments.md.
func Judge(t TopUp, s Seen, now time.Time) Verdict {
	switch {
	case t.Credited > 0:
		return again(t, s)
	case !s.Unknown && s.Reference != t.Reference:
		return Verdict{State: Review, Why: whyReference}
	case !s.Unknown && s.State == Paid:
		return came(t, s)
	case !s.Unknown && s.State == Reversed:
		return Verdict{State: Failed, Why: whyTakenBack}
	case !s.Unknown && s.State == Failed:
		return Verdict{State: Failed}
	case t.State == Open && now.After(t.ExpiresAt):
		return Verdict{State: Abandoned}
	}
	return Verdict{State: t.State, Why: t.Why}
}

// again judges what is said of a payment of which something was credited.
func again(t TopUp, s Seen) Verdict {
	switch {
	case s.State == Reversed:
		return Verdict{State: Reversed}
	case s.State == Paid && s.Amount > t.Credited && s.Currency == models.Naira && s.Reference == t.Reference:
		return more(t, s)
	}
	return Verdict{State: t.State, Why: t.Why} // told twice
}

// more judges a payment of which a part was credited before: the rest is, too.
func more(t TopUp, s Seen) Verdict {
	v := Verdict{State: Paid, Credit: s.Amount - t.Credited}
	switch {
	case s.Amount < t.Amount:
		v.Why = whyPartial
	case s.Amount > t.Amount:
		v.Why = whyOverpaid
	}
	return v
}

// came judges a payment that the vendor says was made.
func came(t TopUp, s Seen) Verdict {
	v := Verdict{State: Paid, Credit: s.Amount}
	switch {
	case s.Currency != models.Naira:
		return Verdict{State: Review, Why: whyCurrency}
	case s.Amount <= 0:
		return Verdict{State: Review, Why: whyAmount}
	case s.Amount < t.Amount:
		v.Why = whyPartial
	case s.Amount > t.Amount:
		v.Why = whyOverpaid
	case t.State != Open:
		v.Why = whyLate
	}
	return v
}

// Till adds money to a wallet within a transaction, once per reference.
type Till interface {
	TopUpIn(tx *gorm.DB, businessID, reference string, amount int64) (models.Wallet, error)
}

// Vendor takes payments.
type Vendor interface {
	Name() string
	// Start begins a payment and gives the address of the page on which it is paid.
	Start(ctx context.Context, t TopUp, email, returnURL string) (url string, err error)
	// Verify asks what became of a payment.
	Verify(ctx context.Context, reference string) (Seen, error)
	// Told gives the reference of a message that provably is the vendor's. Errors: models.Unauthorized.
	Told(header func(name string) string, body []byte) (reference string, err error)
}

// Options is what a service is made of.
type Options struct {
	DB      *gorm.DB
	Read    *gorm.DB
	World   models.World
	Till    Till
	Vendor  Vendor // nil: no payments are taken
	Hash    func(purpose string, data []byte) []byte
	Expires time.Duration                    // how long a payment may take
	Least   int64                            // kobo
	Most    int64                            // kobo
	Changed func(tx *gorm.DB, t TopUp) error // joins the transaction in which a top-up has come to another state
	Log     *slog.Logger
}

// Service takes payments into wallets.
type Service struct {
	Options
	metrics *metrics
}

// New makes a service.
func New(o Options) *Service {
	if o.Changed == nil {
		o.Changed = func(*gorm.DB, TopUp) error { return nil }
	}
	return &Service{o, newMetrics()}
}
