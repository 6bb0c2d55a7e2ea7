package models

import "time"

// ConsentEventKind is what became of a consent.
type ConsentEventKind string

// The kinds of consent event. Consent that was given is evidenced by its lookup; these are the others.
const (
	ConsentRefused ConsentEventKind = "refused"   // a lookup was asked for without consent, or against a withdrawal
	ConsentRevoked ConsentEventKind = "withdrawn" // the subject took the consent back
)

// ConsentEvent is evidence about a subject's consent, never changed once written. The number stands as a keyed hash.
type ConsentEvent struct {
	BusinessID  string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Kind        ConsentEventKind
	KeyID       string
	NumberIndex []byte
	BodyHash    []byte // keyed hash of the request body; nil for a withdrawal
	Reason      string
	CreatedAt   time.Time `gorm:"autoCreateTime:false"`
	Seq         int64     // counts a business's events from 1; 0 = not linked yet
	Link        []byte    // binds the event to the one before
}

// TableName is the table of consent events.
func (ConsentEvent) TableName() string { return "consent_events" }
