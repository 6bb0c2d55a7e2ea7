package models

import "time"

// Wallet is a business's prepaid money. Available can be spent, Held is set aside for lookups that are under way;
// neither is ever negative, which the database itself enforces.
type Wallet struct {
	BusinessID string `gorm:"primaryKey" json:"businessId"`
	Currency   string `json:"currency"`
	Available  int64  `json:"available"` // minor units
	Held       int64  `json:"held"`      // minor units
	Seq        int64  `json:"-"`         // number of the newest transfer
	Head       []byte `json:"-"`         // the state of the chain of transfers
	Sealing    []byte `json:"-"`         // ends the part of the chain that versions before 0.2 wrote; nil when there is none
	FreeSeq    int64  `json:"-"`         // number of the newest evidence of a free lookup
	FreeHead   []byte `json:"-"`         // the state of their chain; nil = it has not begun
}

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
)

// Account is one side of a transfer within a business's books.
type Account string

// The accounts of a business's books. Their sum is always zero: funding is what came in, as a negative amount.
const (
	Funding   Account = "funding"
	Available Account = "available"
	Held      Account = "held"
	Revenue   Account = "revenue"
)

// Accounts gives the account that a kind of transfer takes from and the one that it gives to.
func (k TransferKind) Accounts() (debit, credit Account) {
	switch k {
	case TopUp:
		return Funding, Available
	case Hold:
		return Available, Held
	case Capture:
		return Held, Revenue
	default:
		return Held, Available
	}
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
