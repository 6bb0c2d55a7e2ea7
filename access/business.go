package access

import (
	"time"

	"whoseline/settings"
)

// Business is a tenant: whoever holds a wallet and keys. ID is any text that is unique; we issue 24 hex digits.
type Business struct {
	ID        string `gorm:"primaryKey"`
	ParentID  string // the organisation that this one is a sub-account of; empty when none
	Name      string
	Settings  settings.Choices `gorm:"serializer:json"`
	CreatedAt time.Time        `gorm:"autoCreateTime:false"`
}

// TableName is the table of businesses.
func (Business) TableName() string { return "businesses" }
