package models

import "time"

// Correction is money that was put right by hand, and why. Nothing of it is ever changed.
type Correction struct {
	BusinessID string       `gorm:"primaryKey" json:"businessId"`
	Kind       TransferKind `gorm:"primaryKey" json:"kind"`   // Refund or Adjustment
	Target     string       `gorm:"primaryKey" json:"target"` // the lookup of a refund; of an adjustment its reference
	Reference  string       `json:"reference"`                // whoever corrects chooses it: each is carried out once
	Amount     int64        `json:"amount"`                   // minor units that the business gets; less than 0 = that it gives
	Reason     string       `json:"reason"`                   // a short code
	Note       string       `json:"note"`
	Actor      string       `json:"actor"`
	CreatedAt  time.Time    `gorm:"autoCreateTime:false" json:"createdAt"`
}

// TableName is the table of corrections.
func (Correction) TableName() string { return "corrections" }
