package billing

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"whoseline/models"
)

func TestEveryOperationTellsItsChargeItsBalanceAndItsEntry(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 10_000)
		var last *models.Lookup
		for _, c := range []struct {
			what string
			do   func() (Receipt, error)
			want Receipt
		}{
			{"a hold", func() (Receipt, error) { last = s.lookup("shop", 4000); return s.Hold(HoldOrder{Lookup: last}) }, Receipt{0, 6000, 2}},
			{"its capture", func() (Receipt, error) { return s.settle(last, models.StatusFound, 4000) }, Receipt{4000, 6000, 3}},
			{"another hold", func() (Receipt, error) { last = s.lookup("shop", 4000); return s.Hold(HoldOrder{Lookup: last}) }, Receipt{0, 2000, 4}},
			{"a part of it", func() (Receipt, error) { return s.settle(last, models.StatusNotFound, 1500) }, Receipt{1500, 4500, 5}},
			{"a third hold", func() (Receipt, error) { last = s.lookup("shop", 1000); return s.Hold(HoldOrder{Lookup: last}) }, Receipt{0, 3500, 7}},
			{"its release", func() (Receipt, error) { return s.settle(last, models.StatusFailed, 0) }, Receipt{0, 4500, 0}},
			{"a free hold", func() (Receipt, error) { last = s.lookup("shop", 0); return s.Hold(HoldOrder{Lookup: last}) }, Receipt{0, 4500, 0}},
			{"its end", func() (Receipt, error) { return s.settle(last, models.StatusFound, 0) }, Receipt{0, 4500, 0}},
			{"a hold of all", func() (Receipt, error) { last = s.lookup("shop", 4500); return s.Hold(HoldOrder{Lookup: last}) }, Receipt{0, 0, 9}},
			{"all of it", func() (Receipt, error) { return s.settle(last, models.StatusFound, 4500) }, Receipt{4500, 0, 10}},
		} {
			if got, err := c.do(); err != nil || got != c.want {
				t.Errorf("%s: %+v, %v; want %+v", c.what, got, err, c.want)
			}
		}
		s.has("shop", 0, 0)
		s.clean()
	})
}

func TestALookupsRowIsWhatWasHeldAndThenWhatWasSettled(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 10_000)
		for _, price := range []int64{5000, 0} {
			l := s.held("shop", price)
			if diff := cmp.Diff(*l, s.stored(l), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("held: -want +got:\n%s", diff)
			}
			s.clock.pass(time.Second)
			done := s.ended(l, models.StatusFound, price)
			done.Reason = "a reason"
			if _, err := s.Settle(SettleOrder{Lookup: done}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*done, s.stored(l), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("settled: -want +got:\n%s", diff)
			}
		}
	})
}

func TestAPartialCaptureWritesTwoTransfersOfOneRecord(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		l := s.held("shop", 3000)
		if _, err := s.settle(l, models.StatusNotFound, 1000); err != nil {
			t.Fatal(err)
		}
		rows, more, err := s.Statement(context.Background(), Page{BusinessID: "shop", Limit: 10})
		if err != nil || more {
			t.Fatal(more, err)
		}
		want := []models.Transfer{
			{BusinessID: "shop", Seq: 4, Kind: models.Release, Reference: l.ID, Debit: "held", Credit: "available", Amount: 2000, Balance: 4000, CreatedAt: noon},
			{BusinessID: "shop", Seq: 3, Kind: models.Capture, Reference: l.ID, Debit: "held", Credit: "revenue", Amount: 1000, Balance: 2000, CreatedAt: noon},
			{BusinessID: "shop", Seq: 2, Kind: models.Hold, Reference: l.ID, Debit: "available", Credit: "held", Amount: 3000, Balance: 2000, CreatedAt: noon},
			{BusinessID: "shop", Seq: 1, Kind: models.TopUp, Reference: "opening", Debit: "funding", Credit: "available", Amount: 5000, Balance: 5000, CreatedAt: noon},
		}
		if diff := cmp.Diff(want, rows, cmpopts.IgnoreFields(models.Transfer{}, "Evidence", "Head")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if rows[1].Head != nil || rows[0].Head == nil {
			t.Error("the head belongs to the last transfer of a batch")
		}
		s.clean()
	})
}

func TestAHoldThatTheWalletCannotCoverWritesNothingAndTellsTheBalance(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 4999)
		before := s.everything()
		r, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 5000), Key: s.key("k")})
		refused(t, err, models.InsufficientFunds)
		if r != (Receipt{Balance: 4999}) {
			t.Errorf("receipt %+v", r)
		}
		if diff := cmp.Diff(before, s.everything()); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		s.held("shop", 4999)
		s.has("shop", 0, 4999)
	})
}

func TestABusinessWithoutAWalletHasNothingToHold(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		for _, price := range []int64{0, 1} {
			_, err := s.Hold(HoldOrder{Lookup: s.lookup("nobody", price), Key: s.key("k")})
			refused(t, err, models.NotFound)
		}
		if n := s.count("idempotency_keys", "1=1"); n != 0 {
			t.Errorf("%d keys are left", n)
		}
		_, err := s.Wallet(context.Background(), "nobody")
		refused(t, err, models.NotFound)
		_, err = s.Verify(context.Background(), "nobody", func(int64) {})
		refused(t, err, models.NotFound)
	})
}

func TestAWithdrawnConsentStopsTheHoldOfThatNumberAtThatBusiness(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		s.wallet("other", 5000)
		s.exec("INSERT INTO consent_withdrawals (business_id, number_index, event_id) VALUES (?, ?, 'e')", "shop", []byte("number"))
		before := s.everything()
		for _, price := range []int64{0, 100, 6000} {
			r, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", price), Key: s.key("k")})
			refused(t, err, models.ConsentWithdrawn)
			if r.Balance != 5000 {
				t.Errorf("receipt %+v", r)
			}
		}
		if diff := cmp.Diff(before, s.everything()); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		s.held("other", 100)
		l := s.lookup("shop", 100)
		l.NumberIndex = []byte("another")
		if _, err := s.Hold(HoldOrder{Lookup: l}); err != nil {
			t.Error(err)
		}
	})
}

func TestALookupIsSettledOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		l := s.held("shop", 1000)
		if _, err := s.settle(l, models.StatusFound, 1000); err != nil {
			t.Fatal(err)
		}
		before := s.everything()
		for _, status := range []models.Status{models.StatusFound, models.StatusFailed, models.StatusPending} {
			if _, err := s.settle(l, status, 0); !errors.Is(err, ErrAlreadySettled) {
				t.Errorf("%s: %v", status, err)
			}
		}
		if _, err := s.settle(s.lookup("shop", 1000), models.StatusFound, 1000); !errors.Is(err, ErrAlreadySettled) {
			t.Errorf("a lookup that was never held: %v", err)
		}
		if diff := cmp.Diff(before, s.everything()); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		s.clean()
	})
}

func TestAPendingLookupKeepsItsHoldUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 5000)
		l := s.held("shop", 1000)
		for range 2 { // a source may say it twice
			r, err := s.settle(l, models.StatusPending, 0)
			if err != nil || r != (Receipt{Balance: 4000}) {
				t.Errorf("pending: %+v, %v", r, err)
			}
		}
		s.has("shop", 4000, 1000)
		s.clean()
		r, err := s.settle(l, models.StatusFound, 1000)
		if err != nil || r != (Receipt{1000, 4000, 3}) {
			t.Errorf("answered: %+v, %v", r, err)
		}
		s.has("shop", 4000, 0)
		s.clean()
	})
}
