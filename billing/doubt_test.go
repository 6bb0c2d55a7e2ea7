package billing

import (
	"testing"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// lateFirst loses a first try that is committed all the same, but only when the second one begins.
func lateFirst(before int64, run func([]string) error, statements []string) error {
	if before == 0 {
		return errLost
	}
	if before == 1 {
		if err := run(statements); err != nil {
			return err
		}
	}
	return run(statements)
}

func TestAnOperationIsNotRefusedBecauseOfItsOwnFirstTry(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.Postgres))
	s.wallet("shop", 100)
	open, free := s.held("shop", 10), s.held("shop", 0)
	for name, o := range map[string]*op{
		"a capture":               newSettle(SettleOrder{Lookup: s.ended(open, models.StatusFound, 4)}),
		"the end of a free one":   newSettle(SettleOrder{Lookup: s.ended(free, models.StatusFound, 0)}),
		"a hold that costs a bit": newHold(HoldOrder{Lookup: s.lookup("shop", 1)}),
	} {
		s.through(s.over(lateFirst), []*op{o})
		if o.err != nil || (len(o.moves) > 0 && o.receipt.Entry == 0) {
			t.Errorf("%s: %v, %+v", name, o.err, o.receipt)
		}
	}
	all := newHold(HoldOrder{Lookup: s.lookup("shop", 95)})
	s.through(s.over(lateFirst), []*op{all})
	if all.err != nil || all.receipt.Balance != 0 {
		t.Errorf("a hold of all there is: %v, %+v", all.err, all.receipt)
	}
	s.has("shop", 0, 96)
	s.clean()
}

func TestWhatAnotherOneDidIsNotTakenForOnesOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.Postgres))
	s.wallet("shop", 100)
	for _, charged := range []int64{0, 10} {
		l := s.held("shop", 10)
		s.clock.pass(1)
		other := s.ended(l, models.StatusFound, charged)
		other.Source = "another"
		late := newSettle(SettleOrder{Lookup: s.ended(l, models.StatusFound, 10)})
		s.through(s.over(func(before int64, run func([]string) error, statements []string) error {
			if before > 0 {
				return run(statements)
			}
			if _, err := s.Settle(SettleOrder{Lookup: other}); err != nil {
				t.Error(err)
			}
			return errLost
		}), []*op{late})
		refused(t, late.err, models.Conflict)
	}
	s.has("shop", 90, 0)
	s.clean()
}

func TestASettlementWaitsForADatabaseThatIsAwayThoughItsCallerHasGone(t *testing.T) {
	t.Parallel()
	back, tried := make(chan struct{}), make(chan struct{}, 100)
	s := newShop(t, storagetest.Open(t, storage.Postgres), func(o *Options) {
		o.Pipelines = []Pipeline{&flaky{Pipeline: o.Pipelines[0], try: func(before int64, run func([]string) error, statements []string) error {
			select {
			case <-back:
				return run(statements)
			default:
			}
			if before == 0 {
				return run(statements)
			}
			tried <- struct{}{}
			return &models.Error{Code: models.Unavailable}
		}}}
	})
	s.wallet("shop", 100)
	l, gone := s.held("shop", 10), make(chan struct{})
	answer := make(chan error, 1)
	go func() {
		_, err := s.Settle(SettleOrder{Lookup: s.ended(l, models.StatusFound, 10), Gone: gone})
		answer <- err
	}()
	<-tried
	_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 10)})
	refused(t, err, models.Unavailable) // nothing is paid for yet: it need not wait
	close(gone)
	refused(t, <-answer, models.Unknown)
	if s.Hangs() == 0 || s.lines[0].owed.Load() != 1 {
		t.Errorf("it hangs for %v with %d owed", s.Hangs(), s.lines[0].owed.Load())
	}
	close(back)
	wait.Until(t, "it is settled", func() bool { return s.stored(l).Status == models.StatusFound })
	wait.Until(t, "nothing hangs", func() bool { return s.Hangs() == 0 })
	s.has("shop", 90, 0)
	s.clean()
}

func TestAHoldThatWasMadeAfterItsCallerHadGoneIsToldOf(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		release := s.block("shop")
		defer release()
		gone, late, answer := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		l := s.lookup("shop", 10)
		go func() {
			_, err := s.Hold(HoldOrder{Lookup: l, Gone: gone, Late: func() { close(late) }})
			answer <- err
		}()
		wait.Until(t, "a commit hangs", func() bool { return s.Hangs() > 0 })
		close(gone)
		refused(t, <-answer, models.Unknown)
		release()
		<-late
		s.has("shop", 90, 10)
		s.clean()
	})
}

// over is a committer's way to the database by a line with something wrong with it.
func (s *shop) over(try func(before int64, run func([]string) error, statements []string) error) ledger {
	return &postgres{pipeline: &flaky{Pipeline: newPipeline(s.t, s.db), try: try}, now: s.world.Now, keys: s.Till.keys}
}
