package billing

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

// keys reads the idempotency keys by name.
func (s *shop) keys() map[string]keyRow {
	found := map[string]keyRow{}
	for _, k := range s.everything().Keys {
		found[k.BusinessID+"/"+k.Key] = k
	}
	return found
}

func TestAnIdempotencyKeyIsClaimedOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		s.wallet("other", 5000)
		first := s.lookup("shop", 100)
		if _, err := s.Hold(HoldOrder{Lookup: first, Key: s.key("k")}); err != nil {
			t.Fatal(err)
		}
		before := s.everything()
		for _, price := range []int64{0, 100, 9000} {
			_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", price), Key: s.key("k")})
			refused(t, err, models.InProgress)
		}
		if diff := cmp.Diff(before, s.everything()); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		for business, key := range map[string]string{"other": "k", "shop": "K"} {
			if _, err := s.Hold(HoldOrder{Lookup: s.lookup(business, 100), Key: s.key(key)}); err != nil {
				t.Errorf("%s/%s: %v", business, key, err)
			}
		}
		if got := s.keys()["shop/k"]; got.LookupID != first.ID || got.Response != nil {
			t.Errorf("the key is %+v", got)
		}
	})
}

func TestARefusedHoldLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 50)
		_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 100), Key: s.key("k")})
		refused(t, err, models.InsufficientFunds)
		if _, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 50), Key: s.key("k")}); err != nil {
			t.Error(err)
		}
	})
}

func TestAnExpiredKeyIsTakenOverWithoutItsAnswer(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		l := s.lookup("shop", 100)
		key := s.key("k")
		if _, err := s.Hold(HoldOrder{Lookup: l, Key: key}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Settle(SettleOrder{Lookup: s.ended(l, models.StatusFound, 100), Keep: &Kept{Key: "k", Response: []byte("answer")}})
		if err != nil {
			t.Fatal(err)
		}
		s.clock.pass(time.Hour - time.Microsecond)
		_, err = s.Hold(HoldOrder{Lookup: s.lookup("shop", 100), Key: s.key("k")})
		refused(t, err, models.InProgress)
		s.clock.pass(time.Microsecond)
		next, again := s.lookup("shop", 100), s.key("k")
		again.BodyHash = []byte("another body")
		if _, err := s.Hold(HoldOrder{Lookup: next, Key: again}); err != nil {
			t.Fatal(err)
		}
		want := keyRow{BusinessID: "shop", Key: "k", LookupID: next.ID, BodyHash: again.BodyHash, ExpiresAt: again.ExpiresAt}
		if diff := cmp.Diff(want, s.keys()["shop/k"]); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestTheAnswerIsKeptWithTheReceiptThatTheFirstCallerGot(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		for name, c := range map[string]struct {
			price, charged int64
			status         models.Status
		}{
			"in full": {100, 100, models.StatusFound}, "in part": {100, 40, models.StatusNotFound},
			"for nothing": {100, 0, models.StatusFailed}, "in the sandbox": {0, 0, models.StatusFound},
		} {
			l, key := s.lookup("shop", c.price), s.key(name)
			if _, err := s.Hold(HoldOrder{Lookup: l, Key: key}); err != nil {
				t.Fatal(err)
			}
			r, err := s.Settle(SettleOrder{Lookup: s.ended(l, c.status, c.charged), Keep: &Kept{Key: name, Response: []byte("answer"), Entry: 77}})
			if err != nil {
				t.Fatal(err)
			}
			entry := int64(77) // the caller's own where nothing was captured
			if c.charged > 0 {
				entry = r.Entry
			}
			want := keyRow{"shop", name, l.ID, key.BodyHash, []byte("answer"), r.Charged, r.Balance, entry, key.ExpiresAt}
			if diff := cmp.Diff(want, s.keys()["shop/"+name]); diff != "" {
				t.Errorf("%s: -want +got:\n%s", name, diff)
			}
		}
	})
}

func TestALookupWithoutAnAnswerFreesItsKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		l := s.lookup("shop", 100)
		if _, err := s.Hold(HoldOrder{Lookup: l, Key: s.key("k")}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(SettleOrder{Lookup: s.ended(l, models.StatusFailed, 0), Keep: &Kept{Key: "k"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 100), Key: s.key("k")}); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoSettlesTooLateKeepsNoAnswerForTheKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		l := s.lookup("shop", 100)
		if _, err := s.Hold(HoldOrder{Lookup: l, Key: s.key("k")}); err != nil {
			t.Fatal(err)
		}
		s.clock.pass(lease + time.Second)
		if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		before := s.everything()
		for status, charged := range map[models.Status]int64{models.StatusFound: 100, models.StatusFailed: 0} {
			s.clock.pass(time.Second)
			_, err := s.Settle(SettleOrder{Lookup: s.ended(l, status, charged), Keep: &Kept{Key: "k", Response: []byte("for nothing")}})
			if !errors.Is(err, ErrAlreadySettled) {
				t.Errorf("got %v", err)
			}
		}
		if diff := cmp.Diff(before, s.everything()); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	})
}
