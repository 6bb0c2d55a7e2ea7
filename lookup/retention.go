package lookup

import (
	"context"
	"time"

	"whoseline/models"
)

// A business's lookups are erased when they have been kept for long enough. Ids grow with time, so that those that are
// due stand together at the low end of the primary key; a mark says how far that end has been cleared.

// EraseBefore erases the people from lookups of a business, of both environments, that were asked before a time and have
// ended, and gives how many there were. One that still waits for its answer holds up those behind it until it has one. It
// may run in every gateway at once, and be stopped and started again.
func (s *Service) EraseBefore(ctx context.Context, businessID string, before time.Time) (erased int64, err error) {
	e := Erased{ID: s.world.NewID(), BusinessID: businessID, Cause: ErasedByRetention, At: s.world.Now()}
	for more := true; more; {
		part := e
		if more, err = s.eraseNext(ctx, &part, models.IDAt(before)); err != nil {
			return erased, faultUnless(err, "erase what has been kept for long enough")
		}
		s.metrics.countErased(part)
		erased += part.Lookups
	}
	return erased, nil
}

// untilUnsettled gives the rows before the first one that has not ended. held: there is such a one.
func untilUnsettled(rows []erasable) (ended []erasable, held bool) {
	for i, row := range rows {
		if !row.Status.Settled() {
			return rows[:i], true
		}
	}
	return rows, false
}
