package billing

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// row is what a pipeline calls for every row.
type row = func(statement int, scan func(dest ...any) error) error

// flaky is a line to the database with something wrong with it: try is told how many runs there were before.
type flaky struct {
	Pipeline
	runs atomic.Int64
	try  func(before int64, run func(statements []string) error, statements []string) error
}

func (f *flaky) Run(ctx context.Context, statements []string, args [][]any, each row) error {
	run := func(statements []string) error { return f.Pipeline.Run(ctx, statements, args, each) }
	return f.try(f.runs.Add(1)-1, run, statements)
}

var errLost = &models.Error{Code: models.Unknown, Err: errors.New("the connection broke")}

// The ways in which a transaction goes wrong once, with a database that is well again.
var troubles = map[string]func(before int64, run func([]string) error, statements []string) error{
	"the answer of a commit is lost": func(before int64, run func([]string) error, statements []string) error {
		if err := run(statements); err != nil || before > 0 {
			return err
		}
		return errLost
	},
	"the request is lost": func(before int64, run func([]string) error, statements []string) error {
		if before == 0 {
			return errLost
		}
		return run(statements)
	},
	"every second answer is lost": func(before int64, run func([]string) error, statements []string) error {
		if err := run(statements); err != nil || before%2 == 1 {
			return err
		}
		return errLost
	},
	"nothing could be sent": func(before int64, run func([]string) error, statements []string) error {
		if before == 0 {
			return errors.New("connection refused")
		}
		return run(statements)
	},
	"a deadlock, then a lost answer": func(before int64, run func([]string) error, statements []string) error {
		switch before {
		case 0:
			return errors.New("ERROR: deadlock detected (SQLSTATE 40P01)")
		case 1:
			_ = run(statements)
			return errLost
		}
		return run(statements)
	},
	"the server takes it back in the middle": func(before int64, run func([]string) error, statements []string) error {
		if before == 0 {
			broken := append([]string{}, statements...)
			broken[len(broken)-1] = "SELECT 1/0"
			return run(broken)
		}
		return run(statements)
	},
}

func TestTroubleWithTheDatabaseNeitherLosesNorDoublesAnything(t *testing.T) {
	t.Parallel()
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, storagetest.Open(t, storage.Postgres))
			s.wallet("shop", 100)
			whole, part, none, later := s.held("shop", 10), s.held("shop", 10), s.held("shop", 10), s.held("shop", 10)
			if _, err := s.settle(later, models.StatusPending, 0); err != nil {
				t.Fatal(err)
			}
			ops := []*op{
				newSettle(SettleOrder{Lookup: s.ended(whole, models.StatusFound, 10)}),
				newSettle(SettleOrder{Lookup: s.ended(part, models.StatusNotFound, 4)}),
				newSettle(SettleOrder{Lookup: s.ended(none, models.StatusFailed, 0)}),
				newSettle(SettleOrder{Lookup: s.ended(later, models.StatusFound, 10)}),
				newHold(HoldOrder{Lookup: s.lookup("shop", 50), Key: s.key("k")}),
				newHold(HoldOrder{Lookup: s.lookup("shop", 30)}), // 26 are left
				newHold(HoldOrder{Lookup: s.lookup("shop", 0)}),
			}
			line := &flaky{Pipeline: newPipeline(t, s.db), try: trouble}
			s.through(&postgres{pipeline: line, now: s.world.Now, keys: s.Till.keys}, ops)
			want := []Receipt{{10, 0, 6}, {4, 0, 7}, {0, 0, 0}, {10, 0, 10}, {0, 0, 11}, {0, 0, 0}, {0, 0, 0}}
			for i, o := range ops {
				if (i == 5) != (models.CodeOf(o.err) == models.InsufficientFunds) || (i != 5 && o.err != nil) {
					t.Errorf("operation %d: %v", i, o.err)
				}
				got := o.receipt
				got.Balance = 0 // as of the moment when it was read back
				if diff := cmp.Diff(want[i], got); diff != "" {
					t.Errorf("operation %d: -want +got:\n%s", i, diff)
				}
			}
			s.has("shop", 26, 50)
			s.clean()
		})
	}
}

func TestCallersGetTheirReceiptsThroughALineThatFailsAllTheTime(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.Postgres)
	s := newShop(t, db, func(o *Options) {
		o.Pipelines = []Pipeline{&flaky{Pipeline: o.Pipelines[0], try: func(before int64, run func([]string) error, statements []string) error {
			if before%3 == 0 {
				return errors.New("not now")
			}
			if err := run(statements); err != nil || before%3 == 1 {
				return err
			}
			return errLost
		}}}
	})
	s.wallet("shop", 1000)
	results := make(chan error, 20)
	for range 20 {
		go func() {
			l := s.lookup("shop", 10)
			r, err := s.Hold(HoldOrder{Lookup: l})
			if err == nil && r.Entry == 0 {
				err = errors.New("a hold without an entry")
			}
			if err == nil {
				_, err = s.settle(l, models.StatusFound, 10)
			}
			results <- err
		}()
	}
	failed := int64(0)
	for range 20 {
		if err := <-results; models.CodeOf(err) == models.Internal {
			failed++ // turned away twice, alone the second time: certainly nothing happened
		} else if err != nil {
			t.Error(err)
		}
	}
	captures := s.count("transfers", "kind = 'capture'")
	holds := s.count("transfers", "kind = 'hold'")
	if captures+failed != 20 {
		t.Errorf("%d captures and %d failures of 20", captures, failed)
	}
	s.has("shop", 1000-10*holds, 10*(holds-captures))
	s.clean()
}

func TestAKeptAnswerIsNotLostWithTheAnswerOfItsCommit(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.Postgres))
	s.wallet("shop", 100)
	l := s.lookup("shop", 10)
	if _, err := s.Hold(HoldOrder{Lookup: l, Key: s.key("k")}); err != nil {
		t.Fatal(err)
	}
	o := newSettle(SettleOrder{Lookup: s.ended(l, models.StatusFound, 10), Keep: &Kept{Key: "k", Response: []byte("answer")}})
	line := &flaky{Pipeline: newPipeline(t, s.db), try: troubles["the request is lost"]}
	s.through(&postgres{pipeline: line, now: s.world.Now, keys: s.Till.keys}, []*op{o})
	if got := s.keys()["shop/k"]; o.err != nil || string(got.Response) != "answer" || got.Entry != o.receipt.Entry {
		t.Errorf("%v, %+v", o.err, got)
	}
}

// A database that says nothing at all: on the bubble's clock, so that nobody waits.
func TestOfASilentDatabaseAllCallersHearInBoundedTime(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite)
	handle, err := db.Gorm.DB()
	if err != nil {
		t.Fatal(err)
	}
	if err := handle.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		dead := &flaky{try: func(int64, func([]string) error, []string) error { return errLost }}
		s := newShop(t, db, func(o *Options) { o.Pipelines = []Pipeline{dead} })
		started, results := time.Now(), make(chan error)
		for i := range 10 {
			go func() {
				if i%2 == 0 {
					_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 10)})
					results <- err
					return
				}
				_, err := s.settle(s.lookup("shop", 10), models.StatusFound, 10)
				results <- err
			}()
		}
		for range 10 {
			refused(t, <-results, models.Unknown)
		}
		if took := time.Since(started); took > callerWithin {
			t.Errorf("the last caller of ten waited %v", took)
		}
		if s.Hangs() < callerWithin {
			t.Errorf("the till says that it has waited for %v", s.Hangs())
		}
		s.close()
	})
}
