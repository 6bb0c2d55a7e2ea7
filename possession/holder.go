package possession

import (
	"crypto/cipher"
	"fmt"
	"time"

	"whoseline/models"
)

// Holder is a subject whose sealed parts are open.
type Holder struct {
	Subject   string
	Machine   bool   // a program, which has no telephone
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
	VerifiedAt time.Time      // of the strongest proof; zero = there is none
	Channel    models.Channel // of that proof
	slot       int
}

// Assurance is what is known of who holds the number; "" = nothing.
func (h Held) Assurance() models.Assurance {
	if h.VerifiedAt.IsZero() {
		return ""
	}
	return h.Channel.Assurance()
}

// Possessed tells whether the telephone itself showed that the subject holds the number.
func (h Held) Possessed() bool { return h.Assurance().Holds() }

// Verified tells whether the telephone showed it, or the business vouches for it.
func (h Held) Verified() bool { return h.Assurance().AtLeast(models.AssuranceAttested) }

// Details is the state of a subject's history.
type Details struct {
	Sequence int64     // of the newest event; 0 = nothing happened yet
	First    time.Time // of the first event, or when the subject was made
	Last     time.Time // of the newest event, or when the subject was made
}

// Possessed gives the numbers that the subject has been shown to hold.
func (h Holder) Possessed() []Held {
	var shown []Held
	for _, n := range h.Numbers {
		if n.Possessed() {
			shown = append(shown, n)
		}
	}
	return shown
}

// Possesses tells whether the subject has been shown to hold a number.
func (h Holder) Possesses(p models.Phone) bool {
	n, known := h.find(p)
	return known && n.Possessed()
}

// Phone gives the number of a subject in dialects where it has one only: the default, else the selected one.
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

// openHolder opens what is sealed of a subject.
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
