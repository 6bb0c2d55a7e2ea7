package possession

import (
	"crypto/cipher"
	"fmt"
	"time"

	"whoseline/models"
)

// Holder is a subject laid open.
type Holder struct {
	Subject   string
	Machine   bool   // a program: it has no telephone
	Numbers   []Held // in the order in which they were added
	Finalised bool   // no more changes
	Details   Details
}

// Held is one number of a subject.
type Held struct {
	ID         string
	Phone      models.Phone
	Selected   bool // added or selected last: what a code is sent to unless a number is named
	Default    bool
	AddedAt    time.Time
	VerifiedAt time.Time      // zero = not verified
	Channel    models.Channel // how it was verified: by e-mail shows less than by text message
	slot       int
}

// Verified tells whether a code came back.
func (h Held) Verified() bool { return !h.VerifiedAt.IsZero() }

// Details is where a subject's history stands.
type Details struct {
	Sequence int64     // of the newest event; 0 = nothing happened yet
	First    time.Time // of the first event, or when the subject was made
	Last     time.Time // of the newest event, or when the subject was made
}

// Verified gives the verified numbers.
func (h Holder) Verified() []Held {
	var verified []Held
	for _, n := range h.Numbers {
		if n.Verified() {
			verified = append(verified, n)
		}
	}
	return verified
}

// Phone gives the one number of a subject that is thought of as having one: the default, else the selected one.
func (h Holder) Phone() (Held, bool) {
	for _, n := range h.Numbers {
		if n.Default {
			return n, true
		}
	}
	return h.find(models.Phone{})
}

// find gives a number; the zero Phone means the selected one.
func (h Holder) find(p models.Phone) (Held, bool) {
	for _, n := range h.Numbers {
		if n.Phone == p || p.IsZero() && n.Selected {
			return n, true
		}
	}
	return Held{}, false
}

// openHolder lays a subject open.
func openHolder(w Who, subject models.Subject, numbers []models.SubjectNumber, key cipher.AEAD) (Holder, error) {
	h := Holder{
		Subject: w.Subject, Machine: subject.Machine, Finalised: !subject.FinalisedAt.IsZero(),
		Details: Details{Sequence: subject.Seq, First: subject.FirstAt, Last: subject.ChangedAt},
	}
	if subject.Seq == 0 {
		h.Details.First, h.Details.Last = subject.CreatedAt, subject.CreatedAt
	}
	for _, n := range numbers {
		digits, err := key.Open(nil, nil, n.Sealed, numberAAD(w, n.ID))
		if err != nil {
			return h, fmt.Errorf("unseal number %s: %w", n.ID, err)
		}
		h.Numbers = append(h.Numbers, Held{
			ID: n.ID, Phone: models.PhoneFromE164(string(digits)), slot: n.Slot,
			Selected: n.ID == subject.Selected, Default: n.ID == subject.Preferred,
			AddedAt: n.AddedAt, VerifiedAt: n.VerifiedAt, Channel: n.Channel,
		})
	}
	return h, nil
}

func numberAAD(w Who, id string) []byte { return []byte(w.aad() + "/number/" + id) }
