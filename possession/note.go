package possession

import (
	"context"
	"time"

	"whoseline/models"
)

// A message that a sender took is paid for, and its price is held. So what became of it is kept in memory until it is written
// down, for about as long as the price stays held.
const (
	noteWithin  = 5 * time.Second // how long the caller waits for it
	noteFor     = time.Minute
	notesAtOnce = 1024
)

// Close waits for what is being written down, for as long as two tries may take. Nothing may be sent any more.
func (s *Service) Close() {
	patience := time.NewTimer(2 * s.within)
	defer patience.Stop()
	for range cap(s.notes) {
		select {
		case s.notes <- struct{}{}:
		case <-patience.C:
			s.log.Error("possession: the ends of some sendings are not recorded")
			return
		}
	}
}

// note writes down what a sender said of a message.
func (s *Service) note(ctx context.Context, out outgoing, m Message, d Delivery) {
	select {
	case s.notes <- struct{}{}:
	default:
		s.log.Error("possession: too much waits for the database: the end of a sending is not recorded", "business", m.BusinessID, "sending", m.ID)
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.noteUntil(context.WithoutCancel(ctx), out, m, d)
		<-s.notes
	}()
	patience := time.NewTimer(noteWithin)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
	}
}

// noteUntil tries again for as long as the database is away.
func (s *Service) noteUntil(ctx context.Context, out outgoing, m Message, d Delivery) {
	ctx, cancel := context.WithTimeout(ctx, noteFor)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		own, over := context.WithTimeout(ctx, s.within)
		err := s.arrived(own, out, m, d)
		over()
		if err == nil {
			return
		}
		code := models.CodeOf(err)
		away := code == models.Unavailable || code == models.Unknown
		if !away || ctx.Err() != nil {
			s.log.Error("possession: the end of a sending is not recorded", "business", m.BusinessID, "sending", m.ID, "err", err)
			return
		}
		rest := time.NewTimer(pause)
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
		}
	}
}
