package models

import "time"

// Wallet is a business's prepaid money. Available can be spent. Held is set aside for lookups that are under way. The
// database itself keeps both from being negative.
type Wallet struct {
	BusinessID string `gorm:"primaryKey"`
	Currency   string
	Available  int64  // minor units
	Held       int64  // minor units
	Seq        int64  // number of the newest transfer
	Head       []byte // the state of the chain of transfers
	Sealing    []byte // ends the part of the chain that versions before 0.2 wrote; nil when there is none
	FreeSeq    int64  // number of the newest evidence of a free lookup
	FreeHead   []byte // the state of their chain; nil = it has not begun
	Threshold  *int64 // minor units: below it the business is warned; nil = never
	Level      WalletLevel
}

// WalletLevel is what a business was told last about what is in its wallet.
type WalletLevel string

// The levels of a wallet.
const (
	WalletEnough   WalletLevel = "enough"
	WalletLow      WalletLevel = "low"      // below the threshold
	WalletDepleted WalletLevel = "depleted" // empty, or too little for a lookup that was asked
)

// TableName is the table of wallets.
func (Wallet) TableName() string { return "wallets" }

// TransferKind is why money moved.
type TransferKind string

// The kinds of transfer and the accounts that each moves money between.
const (
	TopUp   TransferKind = "top_up"  // funding → available
	Hold    TransferKind = "hold"    // available → held
	Capture TransferKind = "capture" // held → revenue
	Release TransferKind = "release" // held → available
	Refund  TransferKind = "refund"  // revenue → available: what was captured for a lookup, given back

	Adjustment TransferKind = "adjustment" // adjustments → available, or the other way
)

// Account is one side of a transfer within a business's books.
type Account string

// The accounts of a business's books. Their sum is always zero. Funding is what came in, as a negative amount.
const (
	Funding   Account = "funding"
	Available Account = "available"
	Held      Account = "held"
	Revenue   Account = "revenue"

	Adjustments Account = "adjustments" // what was put right by hand; as a negative amount what the business got
)

// Accounts gives the account that a kind of transfer takes from and the one that it gives to. An adjustment may go the other way,
// too.
func (k TransferKind) Accounts() (debit, credit Account) {
	switch k {
	case TopUp:
		return Funding, Available
	case Hold:
		return Available, Held
	case Capture:
		return Held, Revenue
	case Refund:
		return Revenue, Available
	case Adjustment:
		return Adjustments, Available
	default:
		return Held, Available
	}
}

// Moves tells whether a kind of transfer moves money between two accounts.
func (k TransferKind) Moves(debit, credit Account) bool {
	from, to := k.Accounts()
	return from == debit && to == credit || k == Adjustment && from == credit && to == debit
}

// Transfer is one movement of money, never changed once written. Seq counts a business's transfers from 1 without a
// gap. The last of the rows that were written together carries a Head: the mark of the state that the wallet's chain had
// then, so that a row changed, added or taken away later breaks the chain.
type Transfer struct {
	BusinessID string `gorm:"primaryKey"`
	Seq        int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind       TransferKind
	Reference  string // unique per business and kind: the lookup's id, or the caller's reference for a top-up
	Debit      Account
	Credit     Account
	Amount     int64     // minor units, more than 0
	Balance    int64     // what was available after it
	Evidence   []byte    // SHA-256 of the record that the money was moved for; nil for a top-up
	Head       []byte    // nil but for the last row of those written together
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the table of transfers.
func (Transfer) TableName() string { return "transfers" }
