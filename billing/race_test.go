package billing

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestNobodySpendsTheSameMoneyTwice(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 20*50)
		tills := []*shop{s, s}
		if s.db.Engine == storage.Postgres { // as two gateways would
			tills[1] = newShop(t, s.db)
		}
		var all sync.WaitGroup
		var granted, declined, negative atomic.Int64
		for i := range 200 {
			all.Go(func() {
				r, err := tills[i%2].Hold(HoldOrder{Lookup: s.lookup("shop", 50)})
				switch models.CodeOf(err) {
				case "":
					granted.Add(1)
				case models.InsufficientFunds:
					declined.Add(1)
				default:
					t.Error(err)
				}
				if r.Balance < 0 {
					negative.Add(1)
				}
			})
		}
		all.Wait()
		if granted.Load() != 20 || declined.Load() != 180 || negative.Load() != 0 {
			t.Errorf("%d granted, %d declined, %d saw a negative balance", granted.Load(), declined.Load(), negative.Load())
		}
		s.has("shop", 0, 20*50)
		s.clean()
	})
}

func TestTwoTillsSettleEachLookupOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100*10)
		tills := []*shop{s, s}
		if s.db.Engine == storage.Postgres {
			tills[1] = newShop(t, s.db)
		}
		var all sync.WaitGroup
		var settled, late atomic.Int64
		for range 100 {
			l := s.held("shop", 10)
			for i := range 2 {
				all.Go(func() {
					_, err := tills[i].settle(l, models.StatusFound, 10)
					switch {
					case err == nil:
						settled.Add(1)
					case err == ErrAlreadySettled:
						late.Add(1)
					default:
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if settled.Load() != 100 || late.Load() != 100 {
			t.Errorf("%d settled, %d came late", settled.Load(), late.Load())
		}
		s.has("shop", 0, 0)
		s.clean()
	})
}

func TestOneKeyIsClaimedByOneOfManyCallersOfTwoTills(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		tills := []*shop{s, s}
		if s.db.Engine == storage.Postgres {
			tills[1] = newShop(t, s.db)
		}
		var all sync.WaitGroup
		var granted [4]atomic.Int64
		for i := range 100 {
			all.Go(func() {
				_, err := tills[i%2].Hold(HoldOrder{Lookup: s.lookup("shop", 10), Key: s.key(fmt.Sprint(i % 4))})
				if err == nil {
					granted[i%4].Add(1)
				} else {
					refused(t, err, models.InProgress)
				}
			})
		}
		all.Wait()
		for i := range granted {
			if n := granted[i].Load(); n != 1 {
				t.Errorf("key %d was claimed %d times", i, n)
			}
		}
		s.has("shop", 960, 40)
		s.clean()
	})
}

// Holds and settlements of many wallets through two tills: their batches lock the same wallets and keys, so they have
// to do it in one order.
func TestTwoTillsNeverWaitForEachOtherInACircle(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.Postgres)
	tills := []*shop{newShop(t, db), newShop(t, db)}
	const businesses = 16
	for i := range businesses {
		tills[0].wallet(fmt.Sprint("shop", i), 1_000_000)
	}
	var all sync.WaitGroup
	for i := range 128 {
		all.Go(func() {
			s := tills[i%2]
			for n := range 20 {
				l := s.lookup(fmt.Sprint("shop", (i*7+n*5)%businesses), 10)
				key := fmt.Sprint(i/4, "/", n)
				if _, err := s.Hold(HoldOrder{Lookup: l, Key: s.key(key)}); err != nil {
					refused(t, err, models.InProgress)
					continue
				}
				_, err := s.Settle(SettleOrder{Lookup: s.ended(l, models.StatusNotFound, 4), Keep: &Kept{Key: key, Response: []byte("answer")}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for i, s := range tills {
		if n := counted(t, s.metrics.failed); n != 0 {
			t.Errorf("till %d: %v batches failed", i, n)
		}
	}
	tills[0].clean()
}
