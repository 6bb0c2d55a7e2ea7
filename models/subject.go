package models

import "time"

// The codes of possession: what can be said against adding a number, sending a code to it or checking one.
const (
	NumberMissing     Code = "number_missing"      // the subject has no such number, or none at all
	NumberLimit       Code = "number_limit"        // the subject has as many numbers as it may
	NumberTaken       Code = "number_taken"        // another subject of the business has verified the number
	NumberVerified    Code = "number_verified"     // it is verified already
	NumberNotVerified Code = "number_not_verified" // it, or every one, still has to be verified
	Unchanged         Code = "unchanged"           // it is the subject's number already
	StepDisabled      Code = "step_disabled"       // the subject's numbers are final
	CodeNotSent       Code = "code_not_sent"       // no code was ever sent to the number
	CodeUsed          Code = "code_used"           // the code did its work already
	CodeBurnt         Code = "code_burnt"          // it was typed wrongly too often
	CodeExpired       Code = "code_expired"        // its time is over
	CodeWrong         Code = "code_wrong"          // it is another one
	TooManySends      Code = "too_many_sends"      // a limit on sent codes is reached: see RetryAfter
	CountryRefused    Code = "country_refused"     // no codes are sent to the number's country
	ChannelRefused    Code = "channel_refused"     // whoever carries the message did not take it
)

// MaxNumbers is how many numbers a subject may have, verified or not.
const MaxNumbers = 5

// MaxTries is how often a code may be typed wrongly.
const MaxTries = 5

// MaxCodeLife is the longest that a code may live.
const MaxCodeLife = 10 * time.Minute

// Subject is a person as a business knows them, with up to five numbers. Everything personal about it is sealed under
// DataKey: destroying that erases the person while the events stay.
type Subject struct {
	BusinessID  string    `gorm:"primaryKey"`
	ID          string    `gorm:"primaryKey"` // the environment, a slash and the business's own id of the subject
	Machine     bool      // a program: it has no telephone
	DataKey     []byte    // wrapped; nil after erasure
	Seq         int64     // of the newest event
	Selected    string    // id of the number that was added or selected last
	Preferred   string    // id of the default number: a verified one
	CreatedAt   time.Time `gorm:"autoCreateTime:false"`
	FirstAt     time.Time // of the first event
	ChangedAt   time.Time // of the newest event
	FinalisedAt time.Time // zero = numbers may still change
}

// TableName is the table of subjects.
func (Subject) TableName() string { return "possession_subjects" }

// SubjectNumber is a number that a subject says is theirs.
type SubjectNumber struct {
	BusinessID  string `gorm:"primaryKey"`
	Subject     string `gorm:"primaryKey"`
	Slot        int    `gorm:"primaryKey;autoIncrement:false"` // 1 to MaxNumbers: no sixth can be stored
	ID          string
	NumberIndex []byte // keyed hash of the number
	Sealed      []byte
	Exclusive   bool    `gorm:"column:claimed"` // verified, and no other subject may verify it
	Channel     Channel // the strongest proof so far: what it is worth says Channel.Assurance
	AddedAt     time.Time
	VerifiedAt  time.Time // of that proof; zero = there is none
}

// TableName is the table of numbers.
func (SubjectNumber) TableName() string { return "possession_numbers" }

// SentCode is the code that was last sent to a number over a channel. The next one takes its place.
type SentCode struct {
	BusinessID  string  `gorm:"primaryKey"`
	Subject     string  `gorm:"primaryKey"`
	NumberID    string  `gorm:"primaryKey"`
	Channel     Channel `gorm:"primaryKey"`
	ID          string  // tells this code from the one before
	KeyID       string  // of the key that MAC was made with
	MAC         []byte  `gorm:"column:mac"`
	Sealed      []byte  // the code itself, for sending it again; nil once it is used, burnt or expired
	Destination []byte  // keyed hash of the e-mail address, or that it was handed back; nil = to the number
	Tries       int     // counted before comparing
	MadeAt      time.Time
	ExpiresAt   time.Time
	UsedAt      time.Time
}

// TableName is the table of codes.
func (SentCode) TableName() string { return "possession_codes" }

// EventKind is what happened to a subject's numbers.
type EventKind string

// The kinds of event.
const (
	EventCreated    EventKind = "created"           // a number came to a subject that had none, or beside others
	EventChanged    EventKind = "changed"           // a number took the place of another one
	EventCodeSent   EventKind = "code_sent"         // a code was sent, or sent again
	EventVerified   EventKind = "verified"          // the code came back: Channel tells how it had gone out
	EventMailbox    EventKind = "mailbox_confirmed" // a code sent by e-mail came back: the number is not verified
	EventDefaultSet EventKind = "default_set"       // a verified number was made the default
	EventRemoved    EventKind = "removed"           // a number was taken away
	EventFinalised  EventKind = "finalised"         // no more changes
	EventErased     EventKind = "erased"            // the person was forgotten
)

// SubjectEvent is one thing that happened, never changed once written. Every operation that changes something writes
// exactly one. Seq counts a subject's events from 1 without a gap. It holds nothing personal.
type SubjectEvent struct {
	BusinessID string `gorm:"primaryKey"`
	Subject    string `gorm:"primaryKey"`
	Seq        int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind       EventKind
	NumberID   string
	Channel    Channel
	At         time.Time
}

// Assurance is what the event proves about the holder of the number; "" = nothing.
func (e SubjectEvent) Assurance() Assurance {
	proves := e.Kind == EventVerified || e.Kind == EventMailbox || e.Channel == ChannelTrust
	if !proves {
		return ""
	}
	return e.Channel.Assurance()
}

// TableName is the table of events.
func (SubjectEvent) TableName() string { return "possession_events" }
