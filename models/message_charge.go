package models

import "time"

// MessageChargeStatus is what became of a charge.
type MessageChargeStatus string

// The states of a charge.
const (
	MessageHeld     MessageChargeStatus = "held"
	MessageCaptured MessageChargeStatus = "captured"
	MessageReleased MessageChargeStatus = "released"
)

// ProductMessage is the product of a message that carries a code.
const ProductMessage = "message"

// MessageCharge is money set aside for something that is no lookup. Its amount is captured whole or released whole.
type MessageCharge struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"` // of what it pays for: of a message, the sending's
	Product    string
	Status     MessageChargeStatus
	Amount     int64 // minor units, more than 0
	HeldAt     time.Time
	EndedAt    time.Time // zero = held
	ExpiresAt  time.Time // one that is held for longer was left behind by a crash
	KeyID      string    // of the key that asked for it; empty = none did
	CapDay     string    // the day on which it counts under caps; empty = it is under none

	Zone *time.Location `gorm:"-"` // of CapDay, to tell when a cap ends
}

// TableName is the table of charges.
func (MessageCharge) TableName() string { return "charges" }
