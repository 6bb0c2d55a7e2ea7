package models

import "time"

// UpstreamRef is an answer that a source owes. The source said that it would answer a lookup later, under a reference
// of its own or of ours. It holds nothing personal.
type UpstreamRef struct {
	BusinessID string `gorm:"primaryKey"`
	LookupID   string `gorm:"primaryKey"`
	Source     string `gorm:"primaryKey"`
	Ref        string `gorm:"primaryKey"`
	State      UpstreamState
	Outcome    Outcome   // what the source said in the end, empty until then
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	EndedAt    time.Time // zero while it is owed
}

// TableName is the table of answers that are owed.
func (UpstreamRef) TableName() string { return "upstream_refs" }

// UpstreamState is how far such an answer has come.
type UpstreamState string

// The states. A late answer was paid for and is of no use any more: its lookup had ended without it.
const (
	UpstreamOwed   UpstreamState = "owed"
	UpstreamKept   UpstreamState = "kept"
	UpstreamBroken UpstreamState = "broken" // the source has given up, or was given up on
	UpstreamLate   UpstreamState = "late"
)
