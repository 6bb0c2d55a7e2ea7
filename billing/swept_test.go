package billing

import (
	"testing"

	"whoseline/models"
)

func TestASweeperThatLookedTooEarlyLeavesAPendingLookupAlone(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		l, other := s.held("shop", 300), s.held("shop", 200)
		if _, err := s.settle(l, models.StatusPending, 0); err != nil { // its caller is told to wait
			t.Fatal(err)
		}
		_, err := s.Settle(SettleOrder{Lookup: s.ended(l, models.StatusFailed, 0), Swept: true})
		refused(t, err, models.Conflict)
		if got := s.stored(l); got.Status != models.StatusPending {
			t.Errorf("it is %s now", got.Status)
		}
		s.has("shop", 500, 500)
		if _, err := s.Settle(SettleOrder{Lookup: s.ended(other, models.StatusFailed, 0), Swept: true}); err != nil {
			t.Errorf("one that is still open: %v", err)
		}
		s.has("shop", 700, 300)
		s.clean()
	})
}
