package console

import (
	"time"

	"whoseline/models"
	"whoseline/possession"
)

// sentence says in one sentence what a lookup came to, or what it waits for and until when. waits: it has not ended.
func (s story) sentence() (text string, waits bool) {
	r := s.record
	switch {
	case r.Erased() && r.Status.Settled():
		return "The person was erased from this lookup. What is left tells when it was asked, how it ended and what it cost.", false
	case r.Status == models.StatusFailed:
		return "Failed: " + lower(r.Reason) + ". " + chargeWords(r), false
	case r.Status.Settled():
		return s.answered(), false
	case s.awaitsCode():
		return "Waits until " + r.ExpiresAt.In(s.zone).Format("15:04") + " for " + waitsFor(s.standing, s.now) + ". No source has been asked and nothing is charged yet.", true
	case r.Status == models.StatusOpen:
		return "Sources are being asked right now. " + chargeWords(r), true
	default:
		return "Waits for a source: none has answered so far. They are asked again at " + r.ExpiresAt.In(s.zone).Format(clockForm) + ". " + chargeWords(r), true
	}
}

func (s story) answered() string {
	r := s.record
	text := statusTag(r.Status).Text
	if r.Source != "" {
		text += " by " + r.Source
	}
	if r.Said.Recent {
		text += ", from an answer given shortly before"
	}
	text += ". " + chargeWords(r)
	if r.Said.Conflict != nil {
		text += " A second source names another owner."
	}
	return text
}

func waitsFor(st possession.Standing, now time.Time) string {
	switch {
	case st.Tries >= models.MaxTries:
		return "another code: this one was typed wrongly too often"
	case st.ExpiresAt.IsZero() || !now.Before(st.ExpiresAt):
		return "another code: there is none that is still good"
	}
	return "the code that was sent to the number"
}
