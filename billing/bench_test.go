package billing

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// The till under 64 callers, each of whom holds and settles. PostgreSQL flushes to the disk only if
// WHOSELINE_TEST_FSYNC=1 is set; figures without it say nothing.
func BenchmarkTillHot(b *testing.B)     { benchmarkTill(b, 1) }
func BenchmarkTillUniform(b *testing.B) { benchmarkTill(b, 1000) }

func benchmarkTill(b *testing.B, businesses int) {
	for _, engine := range []string{storage.Postgres, storage.SQLite} {
		b.Run(engine, func(b *testing.B) {
			s := newShop(b, storagetest.Open(b, engine))
			for i := range businesses {
				s.wallet(fmt.Sprint("shop", i), 1<<40)
			}
			var next atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					l := s.lookup(fmt.Sprint("shop", next.Add(1)%int64(businesses)), 5000)
					if _, err := s.Hold(HoldOrder{Lookup: l}); err != nil {
						b.Error(err)
					}
					if _, err := s.settle(l, models.StatusFound, 5000); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
		})
	}
}

func BenchmarkPrepareAHold(b *testing.B) {
	l := benchmarkLookup()
	b.ReportAllocs()
	for b.Loop() {
		newHold(HoldOrder{Lookup: l})
	}
}

func BenchmarkPrepareASettlement(b *testing.B) {
	l := benchmarkLookup()
	b.ReportAllocs()
	for b.Loop() {
		newSettle(SettleOrder{Lookup: l})
	}
}

// benchmarkLookup has columns as long as they usually are.
func benchmarkLookup() *models.Lookup {
	l := filled()
	l.BusinessID, l.ID = newID(), newID()
	l.Request, l.Answer, l.Attempts = make([]byte, 320), make([]byte, 520), string(make([]byte, 120))
	return l
}

// BenchmarkTillUnderCaps compares the till with caps with the till without, in turns of one run: with a daily cap of the key, and with
// all four caps that there can be. It needs WHOSELINE_TEST_FSYNC=1 to say something.
func BenchmarkTillUnderCaps(b *testing.B) {
	for _, engine := range []string{storage.Postgres, storage.SQLite} {
		b.Run(engine, func(b *testing.B) {
			s := newShop(b, storagetest.Open(b, engine))
			lanes := []string{"free", "one", "four"}
			for _, business := range lanes {
				s.wallet(business, 1<<50)
			}
			s.cap("one", "key", Daily, 1<<50, -1)
			for _, owner := range []string{"", "key"} {
				s.cap("four", owner, Daily, 1<<50, 1<<40)
				s.cap("four", owner, Monthly, 1<<50, 1<<40)
			}
			var took [3]time.Duration
			for range b.N {
				for i, business := range lanes {
					took[i] += s.crowd(business, 64, 50)
				}
			}
			b.ReportMetric(float64(took[0])/float64(took[1]), "one÷free")
			b.ReportMetric(float64(took[0])/float64(took[2]), "four÷free")
		})
	}
}

// crowd lets callers hold and settle so many times each, and tells how long it took.
func (s *shop) crowd(business string, callers, times int) time.Duration {
	started := time.Now()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range times {
				l := s.lookup(business, 5000)
				if business != "free" {
					l = s.asked(business, "key", 5000)
				}
				if _, err := s.Hold(HoldOrder{Lookup: l, Zone: lagos}); err != nil {
					s.t.Error(err)
				}
				if _, err := s.settle(l, models.StatusFound, 5000); err != nil {
					s.t.Error(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(started)
}
