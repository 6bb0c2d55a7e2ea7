package billing

import (
	"errors"
	"testing"
	"time"

	"whoseline/test/wait"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

func TestADearerHoldThatIsRefusedDoesNotTakeACheaperOneWithIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prices []int64
		want   []models.Code
		left   int64
	}{
		"the dear one first": {[]int64{100, 10, 45, 40}, []models.Code{"no", "", "no", ""}, 0},
		"in the middle":      {[]int64{10, 100, 10, 100, 30}, []models.Code{"", "no", "", "no", ""}, 0},
		"twice too dear":     {[]int64{51, 50, 1}, []models.Code{"no", "", "no"}, 0},
		"free ones always":   {[]int64{0, 60, 0, 50, 0}, []models.Code{"", "no", "", "", ""}, 0},
		"all affordable":     {[]int64{20, 20, 9}, []models.Code{"", "", ""}, 1},
		"none affordable":    {[]int64{51, 99}, []models.Code{"no", "no"}, 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, s *shop) {
				s.wallet("shop", 50)
				var ops []*op
				for _, price := range c.prices {
					ops = append(ops, newHold(HoldOrder{Lookup: s.lookup("shop", price)}))
				}
				s.together(ops...)
				for i, o := range ops {
					if got := models.CodeOf(o.err); (got == models.InsufficientFunds) != (c.want[i] == "no") || (got != "" && c.want[i] == "") {
						t.Errorf("hold %d of %d: %v, balance %d", i, c.prices[i], o.err, o.receipt.Balance)
					}
				}
				s.has("shop", c.left, 50-c.left)
				s.clean()
			})
		})
	}
}

func TestAWithdrawnOrRepeatedHoldDoesNotSpendItsNeighboursMoney(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 50)
		s.exec("INSERT INTO consent_withdrawals (business_id, number_index, event_id) VALUES ('shop', ?, 'e')", []byte("gone"))
		withdrawn := s.lookup("shop", 40)
		withdrawn.NumberIndex = []byte("gone")
		ops := []*op{
			newHold(HoldOrder{Lookup: withdrawn}),
			newHold(HoldOrder{Lookup: s.lookup("shop", 25), Key: s.key("k")}),
			newHold(HoldOrder{Lookup: s.lookup("shop", 25), Key: s.key("k")}),
			newHold(HoldOrder{Lookup: s.lookup("shop", 25), Key: s.key("l")}),
		}
		s.together(ops...)
		for i, want := range []models.Code{models.ConsentWithdrawn, "", models.InProgress, ""} {
			refused(t, ops[i].err, want)
		}
		s.has("shop", 0, 50)
		s.clean()
	})
}

func TestHoldsAndSettlementsOfSeveralWalletsShareABatch(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		var ops []*op
		for _, b := range []string{"c", "a", "b"} {
			s.wallet(b, 100)
			whole, half, none := s.held(b, 30), s.held(b, 30), s.held(b, 30)
			ops = append(ops,
				newSettle(SettleOrder{Lookup: s.ended(whole, models.StatusFound, 30)}),
				newHold(HoldOrder{Lookup: s.lookup(b, 55)}), // only after the settlements is it there
				newSettle(SettleOrder{Lookup: s.ended(half, models.StatusNotFound, 15)}),
				newSettle(SettleOrder{Lookup: s.ended(whole, models.StatusFound, 30)}), // again: not in this test's business
				newSettle(SettleOrder{Lookup: s.ended(none, models.StatusFailed, 0)}))
		}
		ops = append(ops, newHold(HoldOrder{Lookup: s.lookup("nobody", 1)}))
		s.together(ops...)
		already := 0
		for i, o := range ops[:15] {
			if errors.Is(o.err, ErrAlreadySettled) {
				already++
			} else if o.err != nil {
				t.Errorf("operation %d: %v", i, o.err)
			}
		}
		if already != 3 {
			t.Errorf("%d of 3 repeated settlements were refused", already)
		}
		refused(t, ops[15].err, models.NotFound)
		for _, b := range []string{"a", "b", "c"} {
			s.has(b, 0, 55)
		}
		s.clean()
	})
}

func TestAPoisonedOperationFailsAlone(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		open := s.held("shop", 10)
		twin := *open
		fresh := s.lookup("shop", 10)
		ops := []*op{
			newHold(HoldOrder{Lookup: fresh, Key: s.key("k")}),
			newHold(HoldOrder{Lookup: &twin, Key: s.key("l")}), // its id is taken
			newSettle(SettleOrder{Lookup: s.ended(open, models.StatusFound, 10)}),
			newHold(HoldOrder{Lookup: s.lookup("shop", 10)}),
		}
		s.together(ops...)
		for i, poisoned := range []bool{false, true, false, false} {
			if (ops[i].err != nil) != poisoned {
				t.Errorf("operation %d: %v", i, ops[i].err)
			}
		}
		s.has("shop", 70, 20)
		if keys := s.keys(); len(keys) != 1 || keys["shop/k"].LookupID != fresh.ID {
			t.Errorf("keys: %+v", keys)
		}
		s.clean()
	})
}

func TestAFullQueueTurnsHoldsAwayAndLetsSettlementsPass(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.close()
		s = newShop(t, s.db, func(o *Options) { o.QueueMax = 3 })
		s.wallet("shop", 100)
		open := s.held("shop", 10)
		release := s.block("shop")
		defer release()
		results := make(chan error, 4)
		for range 3 {
			go func() {
				_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 10)})
				results <- err
			}()
		}
		wait.Until(t, "three wait", func() bool { return s.waiting.Load() == 3 })
		go func() {
			_, err := s.settle(open, models.StatusFound, 10)
			results <- err
		}()
		_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 10)})
		if told := (*models.Error)(nil); !errors.As(err, &told) || told.Code != models.Busy || told.RetryAfter < time.Second {
			t.Errorf("the fourth: %v", err)
		}
		release()
		for range 4 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		s.held("shop", 10)
		s.has("shop", 50, 40)
		s.clean()
	})
}

func TestCloseFinishesWhatHasQueued(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.close()
		s = newShop(t, s.db, func(o *Options) { o.BatchMax = 1 })
		s.wallet("shop", 100)
		release := s.block("shop")
		defer release()
		results := make(chan error, 10)
		for range 10 {
			go func() {
				_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 10)})
				results <- err
			}()
		}
		wait.Until(t, "nine are in the queue", func() bool { return len(s.lines[0].queue) == 9 }) // one is being committed
		closed := make(chan struct{})
		go func() { s.close(); close(closed) }()
		<-s.quit
		release()
		<-closed
		for range 10 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		s.has("shop", 0, 100)
		s.clean()
	})
}

func TestTheOrderOfABatchIsTheOrderOfItsTransfers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		var ops []*op
		var want []string
		for range 5 {
			ops = append(ops, newHold(HoldOrder{Lookup: s.lookup("shop", 7)}))
			want = append(want, ops[len(ops)-1].lookup.ID)
		}
		s.together(ops...)
		var got []string
		for i, row := range s.of("shop").Transfers[1:] {
			got = append(got, row.Reference)
			if ops[i].receipt.Entry != row.Seq || (row.Head != nil) != (i == 4) {
				t.Errorf("entry %d: receipt %+v, head %x", row.Seq, ops[i].receipt, row.Head)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
