// Package models answers: which nouns does more than one room speak of, and what can go wrong with them?
//
// Every room speaks in these types; the package imports none of the other rooms, names no partner, no vendor
// and no database engine. Amounts are integers in the currency's minor unit (kobo), times are UTC.
package models

import "time"

// Key is an API key. The token itself is shown once and never stored: Hash is its SHA-256.
type Key struct {
	Hash        []byte `gorm:"primaryKey"`
	ID          string
	BusinessID  string
	Name        string
	Sandbox     bool      // true: answers come from the built-in sandbox source and no money moves
	Hint        string    // the token's last four characters, so that its owner can tell keys apart
	Rate        int       // requests per second; 0 = the configured default
	AllowedIPs  []string  `gorm:"serializer:json"` // CIDR blocks; empty = any address
	Scopes      []string  `gorm:"serializer:json"` // what it may do; empty = everything
	Purposes    []string  `gorm:"serializer:json"` // the only ones that it may look up for; empty = all
	VerdictOnly bool      // its answers name nobody
	Requester   Requester `gorm:"embedded;embeddedPrefix:requester_"`
	CreatedAt   time.Time `gorm:"autoCreateTime:false"`
	ExpiresAt   time.Time // zero = never; rotation sets it to the end of the overlap
	RevokedAt   time.Time // zero = not revoked
	UsedAt      time.Time // to the minute or so; zero = never
}

// TableName is the table of API keys.
func (Key) TableName() string { return "api_keys" }

// Usable tells whether the key opens the door at the given time.
func (k Key) Usable(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

// Requester is the person or program that an answer names as the one who asked.
type Requester struct {
	ID         string
	FirstName  string
	MiddleName string
	LastName   string
}
