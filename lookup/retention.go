package lookup

import (
	"context"
	"time"

	"whoseline/models"
)

// A business's lookups are erased after their retention time. Ids grow with time, so those that are due stand together
// at the low end of the primary key. A mark says how far that end is done.

// EraseBefore erases people from a business's lookups, live and sandbox, that were asked before a time and have ended.
// It gives the number of lookups. A lookup that still waits for its answer holds up the later ones until it has ended.
// It may run in every gateway at once, and may be stopped and started again.
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

// untilUnsettled gives the rows before the first one that has not ended. held: there is one that has not.
func untilUnsettled(rows []erasable) (ended []erasable, held bool) {
	for i, row := range rows {
		if !row.Status.Settled() {
			return rows[:i], true
		}
	}
	return rows, false
}
