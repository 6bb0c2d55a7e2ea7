package access

import (
	"time"

	"whoseline/settings"
)

// Business is a tenant. It has a wallet and keys. ID is any unique text; ours have 24 hex digits.
type Business struct {
	ID        string `gorm:"primaryKey"`
	ParentID  string // the organisation that this one is a sub-account of; empty when none
	Name      string
	Settings  settings.Choices `gorm:"serializer:json"`
	CreatedAt time.Time        `gorm:"autoCreateTime:false"`

	SuspendedAt  time.Time // zero = it is served
	SuspendedFor string    // the operator's reason
}

// Suspended tells whether its callers are refused.
func (b *Business) Suspended() bool { return !b.SuspendedAt.IsZero() }

// TableName is the table of businesses.
func (Business) TableName() string { return "businesses" }
