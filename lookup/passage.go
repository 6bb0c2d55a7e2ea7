package lookup

import (
	"context"

	"whoseline/billing"
)

// passage is where the till notes when an operation got how far; nil when nobody wants to know.
func (s *Service) passage() *billing.Passage {
	if s.traces == nil {
		return nil
	}
	return new(billing.Passage)
}

// passed tells how long an operation waited for its transaction, and how long that took.
func (s *Service) passed(ctx context.Context, operation string, note *billing.Passage) {
	if note == nil {
		return
	}
	s.traces.Past(ctx, operation+".wait", note.Queued, note.Begun)
	s.traces.Past(ctx, operation+".commit", note.Begun, note.Durable)
}
