// Package models answers: which nouns does more than one room speak of, and what can go wrong with them?
//
// Every room speaks in these types; the package imports none of the other rooms, names no partner, no vendor
// and no database engine. Amounts are integers in the currency's minor unit (kobo), times are UTC.
package models

import "time"

// Business is a tenant: whoever holds a wallet and keys. ID is any text that is unique; we issue 24 hex digits.
type Business struct {
	ID        string `gorm:"primaryKey"`
	ParentID  string // the organisation that this one is a sub-account of; empty when none
	Name      string
	Settings  Settings  `gorm:"serializer:json"`
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the table of businesses.
func (Business) TableName() string { return "businesses" }

// Settings are a business's own choices. The zero value is the product's default.
type Settings struct {
	// NaturalWindow, in seconds, treats an equal request body within that time as a retry of the first one, for
	// clients that repeat a POST without an idempotency key. 0 switches it off.
	NaturalWindow int `json:"naturalWindow,omitempty"`

	// Channels are the carriers of codes that the business wants, in its order. Empty = as the operator has configured.
	Channels []string `json:"channels,omitempty"`

	Routing    Routing     `json:"routing,omitzero"`
	Release    Disclosure  `json:"release,omitempty"`    // how much of an answer it is given and, with that, how much is stored
	CrossCheck bool        `json:"crossCheck,omitempty"` // a second source confirms who was found
	Cache      CachePolicy `json:"cache,omitzero"`       // lets a recent answer be given again

	// RetentionDays is after how long the person is erased from a lookup. 0 = as the operator has configured.
	RetentionDays int `json:"retentionDays,omitempty"`

	// Possession is how codes are sent, and whether lookups need one.
	Possession *PossessionSettings `json:"possession,omitempty"`
}

// KeepForEver stands for no end in RetentionDays, whatever the operator has configured.
const KeepForEver = -1

// Retention is after how long the person is erased from a lookup, 0 for never.
func (s Settings) Retention(operator time.Duration) time.Duration {
	switch {
	case s.RetentionDays == KeepForEver:
		return 0
	case s.RetentionDays > 0:
		return time.Duration(s.RetentionDays) * 24 * time.Hour
	}
	return operator
}

// Window is NaturalWindow as a duration.
func (s Settings) Window() time.Duration { return time.Duration(s.NaturalWindow) * time.Second }

// Key is an API key. The token itself is shown once and never stored: Hash is its SHA-256.
type Key struct {
	Hash       []byte `gorm:"primaryKey"`
	ID         string
	BusinessID string
	Name       string
	Sandbox    bool      // true: answers come from the built-in sandbox source and no money moves
	Hint       string    // the token's last four characters, so that its owner can tell keys apart
	Rate       int       // requests per second; 0 = the configured default
	AllowedIPs []string  `gorm:"serializer:json"` // CIDR blocks; empty = any address
	Requester  Requester `gorm:"embedded;embeddedPrefix:requester_"`
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	ExpiresAt  time.Time // zero = never; rotation sets it to the end of the overlap
	RevokedAt  time.Time // zero = not revoked
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
