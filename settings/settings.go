// Package settings answers: what holds for a business? It is what the business chose, laid over what the operator configured:
// worked out once and passed on as a value.
package settings

import (
	"cmp"
	"time"

	"whoseline/models"
)

// Settings are what holds for a business.
type Settings struct {
	Window     time.Duration // within which an equal request body is a retry of the first one; 0 = none is
	Channels   []string      // the only carriers of its codes, in this order; empty = as the operator has configured
	Routing    models.Routing
	Release    models.Disclosure
	CrossCheck bool
	Cache      CachePolicy
	Retention  time.Duration // after which the person is erased from a lookup; 0 = never
	Policy     LookupPolicy
	Origins    []string // whose pages in browsers may call; empty = all
	Codes      Limits   // on codes
}

// Operator is what holds for whoever has chosen nothing else.
type Operator struct {
	Retention time.Duration
	Codes     Limits
}

// For lays a business's choices over what the operator configured.
func (o Operator) For(own Choices) Settings {
	return Settings{
		Window: time.Duration(own.NaturalWindow) * time.Second, Channels: own.Channels, Routing: own.Routing, Release: own.Release,
		CrossCheck: own.CrossCheck, Cache: own.Cache, Retention: own.retention(o.Retention), Policy: own.policy(),
		Origins: own.Origins,
		Codes:   o.Codes.with(own.Possession),
	}
}

// Choices are a business's own choices. The zero value is the product's default.
type Choices struct {
	// NaturalWindow, in seconds, treats an equal request body within that time as a retry of the first one, for
	// clients that repeat a POST without an idempotency key. 0 switches it off.
	NaturalWindow int `json:"naturalWindow,omitempty"`

	// Channels are the carriers of codes that the business wants, in its order. Empty = as the operator has configured.
	Channels []string `json:"channels,omitempty"`

	Routing    models.Routing    `json:"routing,omitzero"`
	Release    models.Disclosure `json:"release,omitempty"`    // how much of an answer it is given and, with that, how much is stored
	CrossCheck bool              `json:"crossCheck,omitempty"` // a second source confirms who was found
	Cache      CachePolicy       `json:"cache,omitzero"`       // lets a recent answer be given again

	// RetentionDays is after how long the person is erased from a lookup. 0 = as the operator has configured.
	RetentionDays int `json:"retentionDays,omitempty"`

	// Origins are whose pages in browsers may call for the business and its people, as https://app.example. Empty = all.
	Origins []string `json:"origins,omitempty"`

	// Possession is how codes are sent, and whether lookups need one.
	Possession *Codes `json:"possession,omitempty"`

	// PlainMembers are members of its lookups' metadata that are not personal: the console shows them in lists.
	PlainMembers []string `json:"plainMembers,omitempty"`

	// Zone is the time zone in which the business's days begin, as the IANA database names it. Empty = Africa/Lagos.
	Zone string `json:"zone,omitempty"`
}

// defaultZone is where most businesses are.
const defaultZone = "Africa/Lagos"

// Location is the time zone in which the business's days begin.
func (s Choices) Location() *time.Location {
	if at, err := time.LoadLocation(cmp.Or(s.Zone, defaultZone)); err == nil {
		return at
	}
	return time.UTC
}

// checkZone refuses a zone that nobody knows, and the machine's own one, which other gateways may have set in another way.
func checkZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || len(name) > 64 {
		return models.BadField("zone", "zone must be a time zone such as Africa/Lagos")
	}
	return nil
}

// KeepForEver stands for no end in RetentionDays, whatever the operator has configured.
const KeepForEver = -1

// retention is after how long the person is erased from a lookup, 0 for never.
func (s Choices) retention(operator time.Duration) time.Duration {
	switch {
	case s.RetentionDays == KeepForEver:
		return 0
	case s.RetentionDays > 0:
		return time.Duration(s.RetentionDays) * 24 * time.Hour
	}
	return operator
}
