package billing

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
)

var lagos = func() *time.Location {
	zone, err := time.LoadLocation("Africa/Lagos")
	if err != nil {
		panic(err)
	}
	return zone
}()

// cap sets a cap, -1 for no bound.
func (s *shop) cap(business, owner string, period Period, money, lookups int64) {
	s.t.Helper()
	c := Cap{BusinessID: business, Owner: owner, Period: period}
	if money >= 0 {
		c.Money = &money
	}
	if lookups >= 0 {
		c.Lookups = &lookups
	}
	if err := s.db.Gorm.Transaction(func(tx *gorm.DB) error { return SetCap(tx, c, s.clock.now(), lagos) }); err != nil {
		s.t.Fatal(err)
	}
}

// asked gives a lookup of a key that is under caps.
func (s *shop) asked(business, key string, price int64) *models.Lookup {
	l := s.lookup(business, price)
	l.KeyID, l.Sandbox, l.CapDay = key, false, models.Under{KeyID: key, Zone: lagos}.Day(l.RequestedAt)
	return l
}

func (s *shop) ask(business, key string, price int64) (*models.Lookup, error) {
	l := s.asked(business, key, price)
	_, err := s.Hold(HoldOrder{Lookup: l, Zone: lagos})
	return l, err
}

func (s *shop) caps(business string) map[string]Cap {
	s.t.Helper()
	list, err := s.Caps(s.t.Context(), business)
	if err != nil {
		s.t.Fatal(err)
	}
	caps := map[string]Cap{}
	for _, c := range list {
		caps[c.Owner+"/"+string(c.Period)] = c
	}
	return caps
}

func TestACapStopsAtItsLastKoboAndEndsWithItsDay(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100_000)
		s.cap("shop", "", Daily, 1000, -1)
		s.cap("shop", "", Monthly, 1500, -1)
		s.cap("shop", "a", Daily, 400, -1)
		for range 4 {
			if _, err := s.ask("shop", "a", 100); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.ask("shop", "a", 100)
		refused(t, err, models.SpendCapReached)
		told := err.(*models.Error)
		if midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, lagos); !told.EndsAt.Equal(midnight) {
			t.Errorf("it ends at %v, want %v", told.EndsAt, midnight)
		}
		l, err := s.ask("shop", "b", 600)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.ask("shop", "b", 1)
		refused(t, err, models.SpendCapReached)
		if _, err := s.settle(l, models.StatusFound, 500); err != nil { // 100 come back
			t.Fatal(err)
		}
		if _, err := s.ask("shop", "b", 100); err != nil {
			t.Errorf("what was given back cannot be spent: %v", err)
		}
		s.clock.pass(24 * time.Hour)
		if _, err := s.ask("shop", "a", 400); err != nil {
			t.Errorf("the next day: %v", err)
		}
		_, err = s.ask("shop", "b", 200)
		refused(t, err, models.SpendCapReached)
		if month := time.Date(2026, 4, 1, 0, 0, 0, 0, lagos); !err.(*models.Error).EndsAt.Equal(month) {
			t.Errorf("the month ends at %v, want %v", err.(*models.Error).EndsAt, month)
		}
		s.clean()
	})
}

func TestACapOfLookupsCountsThoseThatDidNotFail(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		s.cap("shop", "", Daily, -1, 2)
		for _, status := range []models.Status{models.StatusFailed, models.StatusNotFound, models.StatusFound} {
			l, err := s.ask("shop", "a", 10)
			if err != nil {
				t.Fatal(err)
			}
			charge := int64(0)
			if status == models.StatusFound {
				charge = 10
			}
			if _, err := s.settle(l, status, charge); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.ask("shop", "a", 10)
		refused(t, err, models.SpendCapReached)
		if c := s.caps("shop")["/day"]; c.Asked != 2 || c.Spent != 10 {
			t.Errorf("%d asked, %d spent", c.Asked, c.Spent)
		}
	})
}

func TestACapThatIsSetLateCountsWhatWasAskedBefore(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		for _, key := range []string{"a", "a", "b"} {
			l := s.asked("shop", key, 100)
			l.CapDay = ""
			if _, err := s.Hold(HoldOrder{Lookup: l}); err != nil {
				t.Fatal(err)
			}
			if key == "b" {
				continue
			}
			if _, err := s.settle(l, models.StatusFound, 60); err != nil {
				t.Fatal(err)
			}
		}
		s.cap("shop", "", Monthly, 5000, 100)
		s.cap("shop", "a", Daily, 130, -1)
		caps := s.caps("shop")
		if c := caps["/month"]; c.Spent != 220 || c.Asked != 3 {
			t.Errorf("the business: %+v", c)
		}
		if c := caps["a/day"]; c.Spent != 120 || c.Asked != 2 {
			t.Errorf("the key: %+v", c)
		}
		_, err := s.ask("shop", "a", 20)
		refused(t, err, models.SpendCapReached)
		s.cap("shop", "a", Daily, -1, -1)
		if _, err := s.ask("shop", "a", 20); err != nil {
			t.Errorf("the cap was taken away, and yet: %v", err)
		}
	})
}

func TestNearACapABusinessIsWarnedOncePerPeriod(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 10_000)
		s.cap("shop", "a", Daily, 1000, -1)
		for day := range 2 {
			for range 10 {
				if _, err := s.ask("shop", "a", 100); err != nil {
					t.Fatal(err)
				}
			}
			if n := s.count("wallet_warnings", "kind = ?", SpendCapNear); n != int64(day)+1 {
				t.Errorf("day %d: %d warnings", day, n)
			}
			s.clock.pass(24 * time.Hour)
		}
	})
}

// Callers of two gateways and two keys race to caps that lie across each other, with prices that differ, and some of them fail. In the
// end not one more can be asked that a cap forbids, and none was refused that would have fitted.
func TestCallersOfTwoTillsRaceToTheExactCap(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1_000_000)
		s.cap("shop", "", Daily, 3000, -1)
		s.cap("shop", "a", Daily, 2000, -1)
		s.cap("shop", "b", Monthly, -1, 30)
		tills := []*shop{s, s}
		if s.db.Engine == storage.Postgres {
			tills[1] = newShop(t, s.db)
		}
		var all sync.WaitGroup
		var spent, other [2]atomic.Int64
		for i := range 400 {
			all.Go(func() {
				key := i % 2
				l, err := tills[i/2%2].ask("shop", []string{"a", "b"}[key], int64(10+10*(i%3)))
				switch models.CodeOf(err) {
				case "":
					spent[key].Add(l.Held)
					if i%7 > 0 {
						return
					}
					if _, err := tills[i%2].settle(l, models.StatusFailed, 0); err != nil {
						t.Error(err)
					}
					spent[key].Add(-l.Held)
				case models.SpendCapReached:
				default:
					other[key].Add(1)
				}
			})
		}
		all.Wait()
		if other[0].Load()+other[1].Load() > 0 {
			t.Error("some were refused for another reason")
		}
		caps := s.caps("shop")
		if sum := spent[0].Load() + spent[1].Load(); caps["/day"].Spent != sum || caps["a/day"].Spent != spent[0].Load() || sum > 3000 {
			t.Errorf("%+v, but %d and %d were held", caps, spent[0].Load(), spent[1].Load())
		}
		s.exhaust("shop", "a", "b")
		s.clean()
	})
}

// exhaust asks until nothing more fits, one kobo at a time at last, and checks that the caps say so.
func (s *shop) exhaust(business string, keys ...string) {
	s.t.Helper()
	for _, key := range keys {
		for _, price := range []int64{100, 10, 1} {
			for {
				if _, err := s.ask(business, key, price); err != nil {
					refused(s.t, err, models.SpendCapReached)
					break
				}
			}
		}
		full := false
		for _, c := range s.caps(business) {
			full = full || (c.Owner == "" || c.Owner == key) && (c.Money != nil && c.Spent == *c.Money || c.Lookups != nil && c.Asked == *c.Lookups)
			if c.Money != nil && c.Spent > *c.Money || c.Lookups != nil && c.Asked > *c.Lookups {
				s.t.Errorf("a cap is exceeded: %+v", c)
			}
		}
		if !full {
			s.t.Errorf("key %s is refused, and no cap of its own is full: %+v", key, s.caps(business))
		}
	}
}

// A batch is refused and granted as if its members had come one after another.
func TestABatchUnderCapsIsAsGoodAsOneAfterAnother(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		random := rand.New(rand.NewPCG(1, 2))
		for round := range 30 {
			business := fmt.Sprint("shop", round)
			s.wallet(business, 10_000)
			bounds := map[string]int64{"": 300 + random.Int64N(300), "a": 100 + random.Int64N(200), "b": 100 + random.Int64N(200)}
			for owner, money := range bounds {
				s.cap(business, owner, Daily, money, -1)
			}
			ops := make([]*op, 40)
			for i := range ops {
				key := []string{"a", "b"}[random.IntN(2)]
				ops[i] = newHold(HoldOrder{Lookup: s.asked(business, key, 5+random.Int64N(60)), Zone: lagos})
				ops[i].begin()
			}
			s.together(ops...)
			used := map[string]int64{}
			for _, o := range ops {
				if o.err == nil {
					used[""] += o.lookup.Held
					used[o.lookup.KeyID] += o.lookup.Held
				}
			}
			for i, o := range ops {
				fits := used[""]+o.lookup.Held <= bounds[""] && used[o.lookup.KeyID]+o.lookup.Held <= bounds[o.lookup.KeyID]
				if o.err != nil && fits {
					t.Errorf("round %d: operation %d was refused (%v) and would fit", round, i, o.err)
				}
			}
			for owner, c := range s.caps(business) {
				if c.Spent != used[c.Owner] || c.Spent > bounds[c.Owner] {
					t.Errorf("round %d: %s has %d spent of %d, and %d were held", round, owner, c.Spent, bounds[c.Owner], used[c.Owner])
				}
			}
		}
		s.clean()
	})
}
