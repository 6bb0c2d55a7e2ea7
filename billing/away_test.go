package billing

import (
	"testing"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestADatabaseThatCannotBeReachedIsTriedOnceForAWholeBatch(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.Postgres))
	s.wallet("shop", 100)
	open := s.held("shop", 10)
	line := &flaky{Pipeline: newPipeline(t, s.db), try: func(int64, func([]string) error, []string) error {
		return &models.Error{Code: models.Unavailable}
	}}
	ops := []*op{newSettle(SettleOrder{Lookup: s.ended(open, models.StatusFound, 10)})}
	for range 9 {
		ops = append(ops, newHold(HoldOrder{Lookup: s.lookup("shop", 1)}))
	}
	owed := s.commit(&postgres{pipeline: line, now: s.world.Now, keys: s.Till.keys}, ops)
	if len(owed) != 1 || owed[0] != ops[0] {
		t.Errorf("%d operations are kept, want the settlement", len(owed))
	}
	for _, o := range ops[1:] {
		refused(t, o.err, models.Unavailable)
	}
	if runs := line.runs.Load(); runs != 1 {
		t.Errorf("it was tried %d times", runs)
	}
	s.has("shop", 90, 10)
}

func TestADatabaseThatGoesAwayWhileABatchIsRedoneEndsThat(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.Postgres))
	s.wallet("shop", 100)
	line := &flaky{Pipeline: newPipeline(t, s.db), try: func(before int64, run func([]string) error, _ []string) error {
		if before == 0 {
			return run([]string{"SELECT 1/0"})
		}
		return &models.Error{Code: models.Unavailable}
	}}
	var ops []*op
	for range 10 {
		ops = append(ops, newHold(HoldOrder{Lookup: s.lookup("shop", 1)}))
	}
	s.commit(&postgres{pipeline: line, now: s.world.Now, keys: s.Till.keys}, ops)
	for _, o := range ops {
		refused(t, o.err, models.Unavailable)
	}
	if runs := line.runs.Load(); runs != 2 {
		t.Errorf("it was tried %d times", runs)
	}
}

func TestWhatNobodyWaitsForAnyMoreIsNotHeld(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.close()
		s = newShop(t, s.db, func(o *Options) { o.BatchMax = 1 })
		s.wallet("shop", 100)
		release := s.block("shop")
		defer release()
		first := make(chan error, 1)
		go func() {
			_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 10)})
			first <- err
		}()
		wait.Until(t, "a commit hangs", func() bool { return s.Hangs() > 0 }) // it has begun
		gone, second := make(chan struct{}), make(chan error, 1)
		left := s.lookup("shop", 20)
		go func() {
			_, err := s.Hold(HoldOrder{Lookup: left, Gone: gone})
			second <- err
		}()
		wait.Until(t, "one is in the queue", func() bool { return len(s.lines[0].queue) == 1 })
		close(gone)
		refused(t, <-second, models.Unavailable)
		release()
		if err := <-first; err != nil {
			t.Error(err)
		}
		s.held("shop", 1) // goes through the queue behind the one that was left
		if n := s.count("lookups", "id = ?", left.ID); n != 0 {
			t.Error("it was held all the same")
		}
		s.has("shop", 89, 11)
		s.clean()
	})
}

func TestASettlementThatComesTooLateIsRefusedAlone(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.Postgres))
	s.wallet("shop", 100)
	s.wallet("other", 100)
	late := s.held("shop", 10)
	ops := []*op{newSettle(SettleOrder{Lookup: s.ended(late, models.StatusFound, 10)})}
	for range 4 {
		ops = append(ops,
			newSettle(SettleOrder{Lookup: s.ended(s.held("shop", 10), models.StatusFound, 10)}),
			newSettle(SettleOrder{Lookup: s.ended(s.held("other", 10), models.StatusFailed, 0)}),
			newHold(HoldOrder{Lookup: s.lookup("other", 5)}))
	}
	if _, err := s.settle(late, models.StatusFailed, 0); err != nil {
		t.Fatal(err)
	}
	line := &flaky{Pipeline: newPipeline(t, s.db), try: func(_ int64, run func([]string) error, statements []string) error {
		return run(statements)
	}}
	s.through(&postgres{pipeline: line, now: s.world.Now, keys: s.Till.keys}, ops)
	refused(t, ops[0].err, models.Conflict)
	for i, o := range ops[1:] {
		if o.err != nil {
			t.Errorf("operation %d: %v", i+1, o.err)
		}
	}
	if runs := line.runs.Load(); runs != 2 {
		t.Errorf("the batch was tried %d times, want it once more as a whole", runs)
	}
	s.has("shop", 60, 0)
	s.has("other", 80, 20)
	s.clean()
}
