package billing

import (
	"errors"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
)

// charge holds a charge in a transaction of its own.
func (s *shop) charge(c models.MessageCharge) error {
	c.Product = models.ProductMessage
	if c.HeldAt.IsZero() {
		c.HeldAt, c.ExpiresAt = s.clock.now(), s.clock.now().Add(lease)
	}
	return carried(s.db.Gorm.Transaction(func(tx *gorm.DB) error { return s.HoldMessages(tx, []models.MessageCharge{c}) }))
}

func (s *shop) endCharge(c models.MessageCharge, accepted bool) error {
	accept, refuse := []models.MessageCharge{c}, []models.MessageCharge(nil)
	if !accepted {
		accept, refuse = refuse, accept
	}
	return carried(s.db.Gorm.Transaction(func(tx *gorm.DB) error {
		late, err := s.SettleMessages(tx, accept, refuse)
		if len(late) > 0 {
			return ErrAlreadySettled
		}
		return err
	}))
}

// charged holds a charge of the business shop that has to be granted.
func (s *shop) charged(id string, amount int64) models.MessageCharge {
	s.t.Helper()
	c := models.MessageCharge{BusinessID: "shop", ID: id, Amount: amount}
	must(s.t, s.charge(c))
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAChargeIsTakenOrGivenBackOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		taken, back := s.charged("taken", 30), s.charged("back", 20)
		s.has("shop", 50, 50)
		s.clean()
		must(t, s.endCharge(taken, true))
		must(t, s.endCharge(back, false))
		s.has("shop", 70, 0)
		for _, c := range []models.MessageCharge{taken, back, {BusinessID: "shop", ID: "nobody's"}} {
			for _, accepted := range []bool{true, false} {
				if err := s.endCharge(c, accepted); !errors.Is(err, ErrAlreadySettled) {
					t.Errorf("%s: %v", c.ID, err)
				}
			}
		}
		before := s.everything()
		refused(t, s.charge(models.MessageCharge{BusinessID: "shop", ID: "dear", Amount: 71}), models.InsufficientFunds)
		refused(t, s.charge(models.MessageCharge{BusinessID: "shop", ID: "taken", Amount: 1}), models.Conflict)
		refused(t, s.charge(models.MessageCharge{BusinessID: "none", ID: "x", Amount: 1}), models.NotFound)
		refused(t, s.charge(models.MessageCharge{BusinessID: "shop", ID: "nothing"}), models.Internal)
		if after := s.everything(); len(after.Transfers) != len(before.Transfers) || len(after.Charges) != 2 {
			t.Errorf("a refusal changed something: %+v", after)
		}
		s.has("shop", 70, 0)
		s.clean()
	})
}

func TestWhatFailsWithItsChargeMovesNoMoney(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		failed := errors.New("failed")
		err := s.db.Gorm.Transaction(func(tx *gorm.DB) error {
			must(t, s.HoldMessages(tx, []models.MessageCharge{{BusinessID: "shop", ID: "x", Amount: 10, HeldAt: noon, ExpiresAt: noon}}))
			return failed
		})
		if !errors.Is(err, failed) || s.count("charges", "1 = 1") != 0 {
			t.Error(err)
		}
		s.has("shop", 100, 0)
		s.clean()
	})
}

func TestAChargeThatACrashLeftBehindIsGivenBack(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		s.charged("early", 10)
		s.clock.pass(lease)
		late := s.charged("late", 20)
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("swept %d too early: %v", n, err)
		}
		s.clock.pass(time.Second)
		if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("swept %d: %v", n, err)
		}
		s.has("shop", 80, 20)
		must(t, s.endCharge(late, true))
		s.has("shop", 80, 0)
		s.clean()
	})
}

func TestChargesAndLookupsShareAWalletAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 60*10)
		tills := []*shop{s, s}
		if s.db.Engine == storage.Postgres { // as two gateways would
			tills[1] = newShop(t, s.db)
		}
		var all sync.WaitGroup
		granted := make(chan bool, 160)
		for i := range 80 {
			till := tills[i%2]
			all.Go(func() {
				l := s.lookup("shop", 10)
				if _, err := till.Hold(HoldOrder{Lookup: l}); err != nil {
					refused(t, err, models.InsufficientFunds)
					return
				}
				granted <- true
				if _, err := till.settle(l, models.StatusFound, 10); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				c := models.MessageCharge{BusinessID: "shop", ID: newID(), Amount: 10}
				if err := till.charge(c); err != nil {
					refused(t, err, models.InsufficientFunds)
					return
				}
				granted <- true
				if err := till.endCharge(c, true); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(granted) != 60 {
			t.Errorf("%d granted", len(granted))
		}
		s.has("shop", 0, 0)
		s.clean()
	})
}

// carried gives a transaction's error as whoever joined it does.
func carried(err error) error {
	if err == nil {
		return nil
	}
	return fault(err)
}
