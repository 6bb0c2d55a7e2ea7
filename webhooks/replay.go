package webhooks

import (
	"context"
	"time"

	"whoseline/models"
)

const (
	maxReplay   = 10_000          // events of one range
	replayBatch = 500             // events of one transaction
	idSlack     = 5 * time.Second // between an event's time and the making of its id
)

// Replay tells every enabled endpoint of a business of an event again, under the event's own id, with ten new tries.
// Where a delivery of it waits still, that one is made due at once instead. It gives how many deliveries it began or
// hastened. An event that is not the business's, or whose payload was erased, is NotFound.
func (s *Service) Replay(ctx context.Context, businessID, eventID string) (deliveries int64, err error) {
	e, err := s.event(ctx, businessID, eventID)
	if err == nil && e.Payload == nil {
		err = models.Fail(models.NotFound, "the event was erased")
	}
	if err != nil {
		return 0, models.FaultIn("read the event", err)
	}
	return s.replay(ctx, span{businessID, eventID, eventID, e.CreatedAt, e.CreatedAt.Add(time.Microsecond)})
}

// ReplayRange replays the events made from one time (inclusive) to another (exclusive), oldest first. More than 10 000
// are Invalid: narrow the range. After an error it may be done again. It then repeats only what has been delivered by
// then.
func (s *Service) ReplayRange(ctx context.Context, businessID string, from, to time.Time) (deliveries int64, err error) {
	if !from.Before(to) {
		return 0, models.BadField("to", "to must be after from")
	}
	ids, err := s.eventsMade(ctx, businessID, from, to)
	if err != nil {
		return 0, models.FaultIn("read the events", err)
	}
	if len(ids) > maxReplay {
		return 0, models.BadField("from", "the range holds more than 10000 events")
	}
	for len(ids) > 0 {
		batch := ids[:min(len(ids), replayBatch)]
		n, err := s.replay(ctx, span{businessID, batch[0], batch[len(batch)-1], from, to})
		if deliveries += n; err != nil {
			return deliveries, err
		}
		ids = ids[len(batch):]
	}
	return deliveries, nil
}

// span is the events of a business between two ids, both included, that were made between two times.
type span struct {
	businessID, first, last string
	from, to                time.Time
}

func (s *Service) replay(ctx context.Context, of span) (deliveries int64, err error) {
	if deliveries, err = s.sendAgain(ctx, of, s.world.Now()); err != nil {
		return 0, models.FaultIn("replay events", err)
	}
	s.Nudge()
	return deliveries, nil
}
