package views

import (
	"whoseline/models"
	"whoseline/possession"
)

// Token is a token of a subject, shown once.
type Token struct {
	Token     string  `json:"token"`
	ExpiresAt Instant `json:"expiresAt"`
}

// Subject is a person, or a machine, of a business, whose numbers it wants to know held.
type Subject struct {
	Ref       string          `json:"ref"`
	Machine   bool            `json:"machine"`
	Finalised bool            `json:"finalised"`
	Sequence  int64           `json:"sequence"`
	CreatedAt Instant         `json:"createdAt"`
	ChangedAt Instant         `json:"changedAt"`
	Numbers   []SubjectNumber `json:"numbers"`
}

// SubjectNumber is a number of a subject.
type SubjectNumber struct {
	ID          string            `json:"id"`
	PhoneNumber string            `json:"phoneNumber"` // E.164
	Number      string            `json:"number"`      // the same, as it was called until version 0.2
	Verified    bool              `json:"verified"`
	Default     bool              `json:"default"`
	Channel     *models.Channel   `json:"channel"`
	Assurance   *models.Assurance `json:"assurance"`
	AddedAt     Instant           `json:"addedAt"`
	VerifiedAt  *Instant          `json:"verifiedAt"`
}

// SubjectOf shows a subject with its numbers, which stand there in full.
func SubjectOf(h possession.Holder) Subject {
	v := Subject{
		h.Subject, h.Machine, h.Finalised, h.Details.Sequence, Instant(h.Details.First), Instant(h.Details.Last), []SubjectNumber{},
	}
	for _, n := range h.Numbers {
		v.Numbers = append(v.Numbers, SubjectNumberOf(n))
	}
	return v
}

// SubjectNumberOf shows a number and tells how a number was proven and what that is worth. Only a number that the person holds is verified.
func SubjectNumberOf(n possession.Held) SubjectNumber {
	one := SubjectNumber{ID: n.ID, PhoneNumber: n.Phone.E164(), Number: n.Phone.E164(), Verified: n.Possessed(), Default: n.Default, AddedAt: Instant(n.AddedAt)}
	if worth := n.Assurance(); worth != "" {
		one.Channel, one.Assurance = &n.Channel, &worth
	}
	if n.Possessed() {
		at := Instant(n.VerifiedAt)
		one.VerifiedAt = &at
	}
	return one
}

// SubjectEvent is something that happened to a subject. It names no person.
type SubjectEvent struct {
	Sequence  int64             `json:"sequence"`
	Kind      models.EventKind  `json:"kind"`
	NumberID  *string           `json:"numberId"`
	Channel   *models.Channel   `json:"channel"`
	Assurance *models.Assurance `json:"assurance"`
	CreatedAt Instant           `json:"createdAt"`
}

// SubjectEventOf shows an event.
func SubjectEventOf(e models.SubjectEvent) SubjectEvent {
	v := SubjectEvent{Sequence: e.Seq, Kind: e.Kind, CreatedAt: Instant(e.At)}
	if e.NumberID != "" {
		v.NumberID = &e.NumberID
	}
	if e.Channel != "" {
		v.Channel = &e.Channel
	}
	if worth := e.Assurance(); worth != "" {
		v.Assurance = &worth
	}
	return v
}

// ErasedSubject says that a subject is forgotten.
type ErasedSubject struct {
	Ref    string `json:"ref"`
	Erased bool   `json:"erased"`
}
