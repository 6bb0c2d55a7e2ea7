package billing

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

func TestTheTransfersOfOneLookupAreThoseOfItsBusinessInOrder(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		s.wallet("other", 100)
		paid, free := s.held("shop", 30), s.held("shop", 20)
		s.held("other", 10)
		for l, charged := range map[*models.Lookup]int64{paid: 30, free: 0} {
			status := models.StatusFound
			if charged == 0 {
				status = models.StatusFailed
			}
			if _, err := s.settle(l, status, charged); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.TopUp(t.Context(), "shop", paid.ID, 1); err != nil { // a reference is the caller's own text
			t.Fatal(err)
		}
		for _, c := range []struct {
			business, reference string
			want                []models.TransferKind
		}{
			{"shop", paid.ID, []models.TransferKind{models.Hold, models.Capture}},
			{"shop", free.ID, []models.TransferKind{models.Hold, models.Release}},
			{"other", paid.ID, nil},
			{"shop", "nothing", nil},
		} {
			rows, err := s.TransfersFor(t.Context(), c.business, c.reference)
			if err != nil {
				t.Fatal(err)
			}
			var got []models.TransferKind
			for _, r := range rows {
				got = append(got, r.Kind)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s of %s: %s", c.reference, c.business, diff)
			}
		}
	})
}
