package views

import (
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
)

// Template is a business's own words in a language.
type Template struct {
	Language string `json:"language"`
	Text     string `json:"text"`
}

// TemplateOf shows a template.
func TemplateOf(t possession.Template) Template { return Template{t.Language, t.Text} }

// TestNumber is a number with a fixed code. Who may see it may know the number.
type TestNumber struct {
	BusinessID  string   `json:"businessId"`
	PhoneNumber string   `json:"phoneNumber"` // E.164
	Code        string   `json:"code,omitempty"`
	Until       *Instant `json:"until"`
}

// TestNumberOf shows a test number.
func TestNumberOf(n possession.TestNumber) TestNumber {
	return TestNumber{n.BusinessID, n.Phone.E164(), n.Code, At(n.Until)}
}

// Message is a message that was kept instead of sent. It holds what its receiver would have read.
type Message struct {
	ID         string         `json:"id"`
	BusinessID string         `json:"businessId"`
	Sandbox    bool           `json:"sandbox"`
	Channel    models.Channel `json:"channel"`
	To         string         `json:"to"` // E.164 or an e-mail address
	Text       string         `json:"text"`
	Code       string         `json:"code"`
	ExpiresAt  Instant        `json:"expiresAt"`
	At         Instant        `json:"at"`
}

// MessageOf shows a message.
func MessageOf(m possession.KeptMessage) Message {
	return Message{m.ID, m.BusinessID, m.Sandbox, m.Channel, m.To, m.Text, m.Code, Instant(m.ExpiresAt), Instant(m.At)}
}

// SendDecision is a decision about sending a code. It names no number and no person.
type SendDecision struct {
	ID       string              `json:"id"`
	At       Instant             `json:"at"`
	Verdict  models.SendDecision `json:"verdict"`
	Reasons  []string            `json:"reasons"`
	Channel  models.Channel      `json:"channel"`
	Region   string              `json:"region"`
	Outcome  string              `json:"outcome"`
	Provider string              `json:"provider"`
	Segments int                 `json:"segments"`
	Cost     int64               `json:"cost"`
}

// SendDecisionOf shows a decision.
func SendDecisionOf(s models.Sending) SendDecision {
	return SendDecision{s.ID, Instant(s.At), s.Decision, s.Reasons, s.Channel, s.Region, s.Outcome, s.Provider, s.Segments, s.Cost}
}

// Erasure is what erasing a person from lookups came to. Environment is told where both are erased at once.
type Erasure struct {
	ID           string  `json:"id"`
	Environment  string  `json:"environment,omitempty"`
	Erased       int64   `json:"erased"`
	PendingEnded int64   `json:"pendingEnded"`
	At           Instant `json:"at"`
}

// ErasureProgress is an erasure as it stands. Total is null until its lookups were counted.
type ErasureProgress struct {
	ID           string   `json:"id"`
	State        string   `json:"state"`
	Environment  string   `json:"environment"`
	Reason       *string  `json:"reason"`
	Total        *int64   `json:"total"`
	Erased       int64    `json:"erased"`
	PendingEnded int64    `json:"pendingEnded"`
	At           Instant  `json:"at"`
	EndedAt      *Instant `json:"endedAt"`
}

// ErasingOf shows how far an erasure is.
func ErasingOf(r lookup.Erasing) ErasureProgress {
	v := ErasureProgress{
		ID: r.ID, State: "running", Environment: Mode(r.Sandbox), Reason: known(r.Reason), Total: r.Total,
		Erased: r.Erased, PendingEnded: r.PendingEnded, At: Instant(r.AskedAt),
	}
	if r.Ended() {
		v.State, v.EndedAt = "completed", At(r.EndedAt)
	}
	return v
}

// ErasureOf shows an erasure.
func ErasureOf(e lookup.Erased) Erasure {
	return Erasure{ID: e.ID, Erased: e.Lookups, PendingEnded: e.PendingEnded, At: Instant(e.At)}
}
