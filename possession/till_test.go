package possession

import (
	"context"
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// shop is a house whose messages cost something, beside the till that takes it.
type shop struct {
	*house
	bank *billing.Till
}

func shops(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		s := &shop{house: newHouse(t, db)}
		keyring := storagetest.Keyring(t, db)
		s.bank = billing.Open(billing.Options{DB: db.Gorm, Read: db.Read, World: s.world, BatchMax: 8, QueueMax: 8, Keys: keyring, Log: s.Service.log})
		t.Cleanup(s.bank.Close)
		s.price, s.till = 30, s.bank
		must(t, db.Gorm.Create(new(billing.EmptyWallet(keyring, "shop"))).Error)
		must(t, second(s.bank.TopUp(t.Context(), "shop", "opening", 100)))
		test(t, s)
	})
}

// has checks the wallet and the books.
func (s *shop) has(available, held int64) {
	s.t.Helper()
	w, err := s.bank.Wallet(s.t.Context(), "shop")
	if err != nil || w.Available != available || w.Held != held {
		s.t.Errorf("the wallet has %d and holds %d (%v), want %d and %d", w.Available, w.Held, err, available, held)
	}
	audit, err := s.bank.Verify(s.t.Context(), "", func(int64) {})
	if err != nil || len(audit.Lies) > 0 {
		s.t.Errorf("the books: %v, %v", audit.Lies, err)
	}
}

func TestAMessageIsPaidForWhenItIsTaken(t *testing.T) {
	t.Parallel()
	for outcome, left := range map[Outcome]int64{
		Accepted: 70, Timeout: 100, Blocked: 100, ProviderDown: 100, InvalidNumber: 100, RateLimited: 100,
	} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			shops(t, func(t *testing.T, s *shop) {
				s.open("ada")
				must(t, s.add("ada", lagos))
				s.net.outcome = outcome
				_ = s.send("ada")
				s.has(left, 0)
				if n := s.count("transfers", "reference IN (SELECT id FROM possession_sends)"); n != 2 {
					t.Errorf("%d transfers bear the sending's id", n)
				}
			})
		})
	}
}

func TestWhatIsNotSentIsFree(t *testing.T) {
	t.Parallel()
	shops(t, func(t *testing.T, s *shop) {
		must(t, s.SetTestNumber(t.Context(), TestNumber{BusinessID: "shop", Phone: cairo, Code: "424242"}))
		for _, c := range []SendCode{
			{Who: who("ada"), Phone: lagos, HandBack: true},
			{Who: Who{BusinessID: "shop", Sandbox: true, Subject: "ada"}, Phone: lagos},
			{Who: Who{BusinessID: "shop", Sandbox: true, Subject: "bob"}, Phone: cairo},
		} {
			must(t, second(s.Enrol(t.Context(), c)))
		}
		if n := s.count("charges", "1 = 1"); n != 0 {
			t.Errorf("%d charges", n)
		}
		s.has(100, 0)
	})
}

func TestWithoutMoneyNothingIsSentAndNothingChanges(t *testing.T) {
	t.Parallel()
	shops(t, func(t *testing.T, s *shop) {
		for i := range 3 {
			must(t, s.ask(nth(i), "192.0.2.1"))
		}
		s.has(10, 0)
		must(t, second(s.bank.SetThreshold(t.Context(), "shop", new(int64(5)), func(*gorm.DB) error { return nil })))
		s.open("bob")
		counters, history := s.count("possession_counters", "1 = 1"), s.sum("possession_history", "sent")
		_, err := s.Set(t.Context(), SetNumber{SendCode: SendCode{Who: who("bob"), Policy: member, Phone: lagos, IP: "192.0.2.1"}})
		refused(t, err, models.InsufficientFunds)
		if got := s.get("bob"); len(got.Numbers) != 0 || got.Details.Sequence != 0 || s.net.count() != 3 {
			t.Errorf("%+v, %d messages", got, s.net.count())
		}
		if s.count("possession_counters", "1 = 1") != counters || s.sum("possession_history", "sent") != history {
			t.Error("the refusal counts")
		}
		list, err := s.Decisions(t.Context(), Sendings{BusinessID: "shop", Decision: models.SendRefused})
		if err != nil || len(list) != 1 || list[0].Reasons[len(list[0].Reasons)-1] != "funds" || list[0].Outcome != "" {
			t.Errorf("%+v, %v", list, err)
		}
		told := ""
		must(t, second(s.bank.Warnings(t.Context(), func(_ *gorm.DB, w billing.Warning) error { told += w.Kind; return nil })))
		if told != billing.WalletDepleted {
			t.Errorf("the business was told %q", told)
		}
		must(t, second(s.bank.TopUp(t.Context(), "shop", "more", 20)))
		_, err = s.Set(t.Context(), SetNumber{SendCode: SendCode{Who: who("bob"), Policy: member, Phone: lagos}})
		must(t, err)
		s.has(0, 0)
	})
}

func (h *house) sum(table, column string) (n int64) {
	h.t.Helper()
	must(h.t, h.db.Gorm.Table(table).Select("coalesce(sum("+column+"), 0)").Scan(&n).Error)
	return n
}

// dying is a till whose process dies between the sender's word and the settlement.
type dying struct{ Till }

func (dying) SettleMessages(*gorm.DB, []models.MessageCharge, []models.MessageCharge) ([]models.MessageCharge, error) {
	return nil, errors.New("the process died")
}

func TestAHoldWhoseProcessDiedIsGivenBack(t *testing.T) {
	t.Parallel()
	shops(t, func(t *testing.T, s *shop) {
		s.open("ada")
		must(t, s.add("ada", lagos))
		alive := s.till
		s.till = dying{alive}
		must(t, s.send("ada"))
		s.has(70, 30)
		if n := s.count("possession_sends", "outcome <> ''"); n != 0 {
			t.Error("the end is written down without its settlement")
		}
		s.clock.pass(s.within + s.sendWithin + time.Minute)
		if n, err := s.bank.Sweep(t.Context(), nil); n != 0 || err != nil {
			t.Errorf("swept %d too early: %v", n, err)
		}
		s.clock.pass(time.Second)
		if n, err := s.bank.Sweep(t.Context(), nil); n != 1 || err != nil {
			t.Errorf("swept %d: %v", n, err)
		}
		s.has(100, 0)
	})
}

// slow is a sender that takes so long that the sweeper gives the money back meanwhile.
type slow struct{ *shop }

func (s slow) Send(ctx context.Context, m Message) Delivery {
	s.clock.pass(s.within + s.sendWithin + 2*time.Minute)
	must(s.t, second(s.bank.Sweep(ctx, nil)))
	return s.net.Send(ctx, m)
}

func TestAMessageThatTookTooLongIsFreeAndItsEndIsKnown(t *testing.T) {
	t.Parallel()
	shops(t, func(t *testing.T, s *shop) {
		s.open("ada")
		must(t, s.add("ada", lagos))
		s.live = slow{s}
		must(t, s.send("ada"))
		s.has(100, 0)
		if n := s.count("possession_sends", "outcome = 'accepted'"); n != 1 {
			t.Error("how it ended is not written down")
		}
	})
}

func TestMoneyForThreeMessagesSendsThree(t *testing.T) {
	t.Parallel()
	shops(t, func(t *testing.T, s *shop) {
		var got tally
		together(12, func(i int) { got.add(s.ask(nth(i), "")) })
		if got.counts[""] != 3 || got.counts[models.InsufficientFunds] != 9 || s.net.count() != 3 {
			t.Errorf("%v, %d messages", got.counts, s.net.count())
		}
		s.has(10, 0)
	})
}
