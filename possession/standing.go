package possession

import (
	"context"
	"time"

	"whoseline/models"
)

// ForLookup names the subject that stands for a lookup which is bound to its number.
func ForLookup(businessID string, sandbox bool, lookupID string) Who {
	return Who{BusinessID: businessID, Sandbox: sandbox, Realm: "lookup", Subject: lookupID}
}

// Standing is the state of a subject and of the code that was texted to it last.
type Standing struct {
	Sends      int       // messages that were let out, counted up to 100
	LastSentAt time.Time // zero = none was
	Tries      int       // codes that were typed, right or wrong
	ExpiresAt  time.Time // of the code; zero = there is none
}

// Standing gives a subject's state. It tells nothing of the number or the code.
func (s *Service) Standing(ctx context.Context, who Who) (st Standing, err error) {
	own, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	sent, err := s.letOut(own, who)
	if err != nil {
		return st, models.FaultIn("count the messages", err)
	}
	if st.Sends = len(sent); st.Sends > 0 {
		st.LastSentAt = sent[0]
	}
	code, err := s.lastText(own, who)
	if err != nil || code == nil {
		return st, models.FaultIn("read the code", err)
	}
	st.Tries, st.ExpiresAt = code.Tries, code.ExpiresAt
	return st, nil
}
