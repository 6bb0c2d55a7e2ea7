package billing

import (
	"errors"
	"slices"
	"testing"

	"gorm.io/gorm"

	"whoseline/models"
)

func (s *shop) threshold(business string, amount int64) {
	s.t.Helper()
	if _, err := s.SetThreshold(s.t.Context(), business, &amount, func(*gorm.DB) error { return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// told takes the warnings away and gives their kinds.
func (s *shop) told() (kinds []string) {
	s.t.Helper()
	_, err := s.Warnings(s.t.Context(), func(_ *gorm.DB, w Warning) error {
		kinds = append(kinds, w.Kind)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return kinds
}

func TestABusinessIsWarnedOnceInEachEpisode(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000)
		s.threshold("shop", 500)
		spend := func(amount, charge int64) {
			t.Helper()
			status := models.StatusFound
			if charge == 0 {
				status = models.StatusFailed
			}
			if _, err := s.settle(s.held("shop", amount), status, charge); err != nil {
				t.Fatal(err)
			}
		}
		topUp := func(reference string, amount int64) {
			t.Helper()
			if _, err := s.TopUp(t.Context(), "shop", reference, amount); err != nil {
				t.Fatal(err)
			}
		}
		wants := func(kinds ...string) {
			t.Helper()
			if got := s.told(); !slices.Equal(got, kinds) {
				t.Errorf("told %v, want %v", got, kinds)
			}
		}
		spend(500, 500)
		wants()
		spend(400, 0) // what is only held has not been spent
		wants()
		spend(1, 1)
		wants(WalletLow)
		spend(99, 99)
		wants()
		topUp("one", 50) // too little
		wants()
		topUp("two", 1000)
		wants(WalletRecovered)
		spend(1400, 1400)
		wants(WalletLow)
		spend(50, 50)
		wants(WalletDepleted)
		topUp("three", 100)
		wants()
		_, err := s.Hold(HoldOrder{Lookup: s.lookup("shop", 101)})
		refused(t, err, models.InsufficientFunds)
		wants(WalletDepleted)
		_, err = s.Hold(HoldOrder{Lookup: s.lookup("shop", 101)})
		refused(t, err, models.InsufficientFunds)
		wants()
		topUp("four", 400)
		wants(WalletRecovered)
		s.clean()
	})
}

func TestAThresholdIsToldOfAtOnceWhereTheBalanceIsBelowIt(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		s.threshold("shop", 500)
		if got := s.told(); !slices.Equal(got, []string{WalletLow}) {
			t.Errorf("told %v", got)
		}
		s.threshold("shop", 100)
		if got := s.told(); !slices.Equal(got, []string{WalletRecovered}) {
			t.Errorf("told %v", got)
		}
	})
}

func TestAWarningThatCannotBeToldStaysAndKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		for _, business := range []string{"shop", "rival"} {
			s.wallet(business, 100)
			s.threshold(business, 500)
		}
		told, err := s.Warnings(t.Context(), func(_ *gorm.DB, w Warning) error {
			if w.BusinessID == "shop" {
				return errors.New("no")
			}
			return nil
		})
		if err == nil || told != 1 {
			t.Errorf("%d told, %v", told, err)
		}
		if got := s.told(); !slices.Equal(got, []string{WalletLow}) {
			t.Errorf("told %v", got)
		}
	})
}
