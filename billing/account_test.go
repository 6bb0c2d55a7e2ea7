package billing

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"whoseline/models"
	"whoseline/storage"
)

func counted(t testing.TB, c prometheus.Collector) float64 {
	t.Helper()
	return testutil.ToFloat64(c)
}

func TestATopUpCountsOncePerReference(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 0)
		s.wallet("other", 0)
		for _, c := range []struct {
			business, reference string
			amount              int64
			code                models.Code
			available           int64
		}{
			{"shop", "r1", 500, "", 500},
			{"shop", "r1", 500, "", 500},
			{"shop", "r1", 501, models.Conflict, 0},
			{"shop", "r2", 500, "", 1000},
			{"other", "r1", 7, "", 7},
			{"nobody", "r1", 7, models.NotFound, 0},
			{"shop", "", 7, models.Invalid, 0},
			{"shop", strings.Repeat("x", 201), 7, models.Invalid, 0},
			{"shop", strings.Repeat("x", 200), 1, "", 1001},
			{"shop", "r3", 0, models.Invalid, 0},
			{"shop", "r3", -1, models.Invalid, 0},
			{"shop", "r3", maxBalance - 1000, models.Invalid, 0},
			{"shop", "r3", maxBalance - 1001, "", maxBalance},
			{"shop", "r4", 1, models.Invalid, 0},
		} {
			w, err := s.TopUp(t.Context(), c.business, c.reference, c.amount)
			if models.CodeOf(err) != c.code || w.Available != c.available {
				t.Errorf("%s %.9s %d: %d, %v", c.business, c.reference, c.amount, w.Available, err)
			}
		}
		s.clean()
	})
}

func TestManyTopUpsAtOnceAllArriveAndARepeatedOneArrivesOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 10)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, err := s.TopUp(t.Context(), "shop", string(rune('a'+i%10)), 100); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() { _, _ = s.Hold(HoldOrder{Lookup: s.lookup("shop", 1)}) })
		}
		all.Wait()
		if w, _ := s.Wallet(t.Context(), "shop"); w.Available+w.Held != 1010 {
			t.Errorf("%+v", w)
		}
		s.clean()
	})
}

func TestAStatementIsReadInPagesNewestFirst(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		s.wallet("other", 1000)
		for range 4 { // entries 2 to 9, a minute apart
			s.clock.pass(time.Minute)
			l := s.held("shop", 10)
			s.clock.pass(time.Minute)
			if _, err := s.settle(l, models.StatusFound, 10); err != nil {
				t.Fatal(err)
			}
		}
		minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
		for name, c := range map[string]struct {
			page Page
			want []int64
			more bool
		}{
			"all":             {Page{Limit: 9}, []int64{9, 8, 7, 6, 5, 4, 3, 2, 1}, false},
			"the first page":  {Page{Limit: 4}, []int64{9, 8, 7, 6}, true},
			"the second":      {Page{Limit: 4, Before: 6}, []int64{5, 4, 3, 2}, true},
			"the last":        {Page{Limit: 4, Before: 2}, []int64{1}, false},
			"nothing left":    {Page{Limit: 4, Before: 1}, nil, false},
			"of a kind":       {Page{Limit: 2, Kind: models.Capture}, []int64{9, 7}, true},
			"from, inclusive": {Page{Limit: 9, From: minute(7)}, []int64{9, 8}, false},
			"to, exclusive":   {Page{Limit: 9, To: minute(2)}, []int64{2, 1}, false},
			"a span":          {Page{Limit: 9, From: minute(2), To: minute(5), Kind: models.Hold}, []int64{4}, false},
		} {
			c.page.BusinessID = "shop"
			found, more, err := s.Statement(t.Context(), c.page)
			var got []int64
			for _, row := range found {
				got = append(got, row.Seq)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || more != c.more || err != nil {
				t.Errorf("%s: more %v, %v, -want +got:\n%s", name, more, err, diff)
			}
		}
		// A span of time is a span of entries: others are not read, however many there are.
		for at, want := range map[int]int64{-1: 1, 0: 1, 1: 2, 2: 3, 8: 9, 9: 10} {
			if got, err := entryAt(s.readOf(t.Context(), "shop"), "shop", minute(at)); got != want || err != nil {
				t.Errorf("minute %d begins with entry %d, want %d (%v)", at, got, want, err)
			}
		}
	})
}

func TestTheSweeperReleasesWhatIsExpiredAndOpenAndNothingElse(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		s.wallet("other", 1000)
		old, free, foreign := s.held("shop", 100), s.held("shop", 0), s.held("other", 100)
		pending, answered := s.held("shop", 100), s.held("shop", 100)
		for l, status := range map[*models.Lookup]models.Status{pending: models.StatusPending, answered: models.StatusFound} {
			if _, err := s.settle(l, status, map[models.Status]int64{models.StatusFound: 100}[status]); err != nil {
				t.Fatal(err)
			}
		}
		s.clock.pass(lease)
		young := s.held("shop", 100)
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("at the very end of the lease: %d, %v", n, err)
		}
		s.clock.pass(time.Microsecond)
		if n, err := s.Sweep(t.Context()); n != 3 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		for l, want := range map[*models.Lookup]models.Status{
			old: models.StatusFailed, free: models.StatusFailed, foreign: models.StatusFailed,
			pending: models.StatusPending, answered: models.StatusFound, young: models.StatusOpen,
		} {
			got := s.stored(l)
			if got.Status != want || (want == models.StatusFailed) != (got.Reason == abandoned) {
				t.Errorf("%s %q, want %s", got.Status, got.Reason, want)
			}
		}
		s.has("shop", 700, 200)
		s.has("other", 1000, 0)
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("again: %d, %v", n, err)
		}
		s.clean()
	})
}

func TestTwoSweepersReleaseEachHoldOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 10*sweepBatch)
		var ops []*op
		for range sweepBatch + 20 {
			ops = append(ops, newHold(HoldOrder{Lookup: s.lookup("shop", 5)}))
		}
		s.together(ops...)
		s.clock.pass(2 * lease)
		other := s
		if s.db.Engine == storage.Postgres {
			other = newShop(t, s.db)
			other.clock.pass(2 * lease)
		}
		var all sync.WaitGroup
		swept := make([]int, 2)
		for i, sweeper := range []*shop{s, other} {
			all.Go(func() {
				var err error
				if swept[i], err = sweeper.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if swept[0]+swept[1] != len(ops) {
			t.Errorf("released %v of %d", swept, len(ops))
		}
		s.has("shop", 10*sweepBatch, 0)
		s.clean()
	})
}

func TestExpiredKeysAreForgotten(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		if _, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 1), Key: s.key("old")}); err != nil {
			t.Fatal(err)
		}
		s.clock.pass(time.Hour + time.Microsecond)
		if _, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 1), Key: s.key("young")}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if keys := s.keys(); len(keys) != 1 || keys["shop/young"].LookupID == "" {
			t.Errorf("left: %+v", keys)
		}
	})
}
