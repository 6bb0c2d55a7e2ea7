package models

import "time"

// ChargeStatus is what became of a charge.
type ChargeStatus string

// The states of a charge.
const (
	ChargeHeld     ChargeStatus = "held"
	ChargeCaptured ChargeStatus = "captured"
	ChargeReleased ChargeStatus = "released"
)

// ChargeMessage is the product of a message that carries a code.
const ChargeMessage = "message"

// Charge is money set aside for something that is no lookup. Its amount is captured whole or released whole.
type Charge struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"` // of what it pays for: of a message, the sending's
	Product    string
	Status     ChargeStatus
	Amount     int64 // minor units, more than 0
	HeldAt     time.Time
	EndedAt    time.Time // zero = held
	ExpiresAt  time.Time // one that is held for longer was left behind by a crash
}

// TableName is the table of charges.
func (Charge) TableName() string { return "charges" }
