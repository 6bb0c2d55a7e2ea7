package settings

import (
	"slices"
	"time"

	"whoseline/models"
)

// CachePolicy says for how long an answer may be given again to the same business for the same purpose.
type CachePolicy struct {
	TTL      int      `json:"ttl,omitempty"`      // seconds; 0 switches it off
	Purposes []string `json:"purposes,omitempty"` // those to which it applies, as callers write them; empty = all
}

// The longest that an answer may be given again: that somebody was found, and that nobody was.
const (
	MaxCacheTTL         = 24 * time.Hour
	MaxNegativeCacheTTL = 10 * time.Minute
)

// Covers tells whether a lookup for that purpose may be answered again.
func (p CachePolicy) Covers(purpose string) bool {
	return p.TTL > 0 && (len(p.Purposes) == 0 || slices.Contains(p.Purposes, purpose))
}

// Life is how long an answer of that outcome may be given again, 0 for one that may not.
func (p CachePolicy) Life(o models.Outcome) time.Duration {
	life := min(time.Duration(p.TTL)*time.Second, MaxCacheTTL)
	switch o {
	case models.OutcomeFound:
		return life
	case models.OutcomeNotFound:
		return min(life, MaxNegativeCacheTTL)
	default:
		return 0
	}
}
