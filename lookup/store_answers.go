package lookup

import (
	"context"
	"time"

	"whoseline/models"
)

// Answers counts what a business's live lookups since an hour came to, found or not, plain and with the full record. It asks the
// counters, which are up to a round of CountNew behind.
func (s *Service) Answers(ctx context.Context, businessID string, since time.Time) (n [2]int64, err error) {
	var counts []struct {
		Advanced bool
		N        int64
	}
	err = s.readOf(ctx, businessID).Model(&countRow{}).Select("advanced, sum(n) AS n").
		Where("business_id = ? AND hour >= ? AND sandbox = ? AND outcome IN ?", businessID, hourOf(since), false,
			[]models.Status{models.StatusFound, models.StatusNotFound}).Group("advanced").Scan(&counts).Error
	for _, c := range counts {
		if c.Advanced {
			n[1] = c.N
		} else {
			n[0] = c.N
		}
	}
	return n, faultUnless(err, "count answers")
}
