package possession

import (
	"sync/atomic"
	"testing"

	"gorm.io/gorm"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/test/wait"
)

// absent is a till whose database is away for the first tries.
type absent struct {
	*billing.Till
	tries atomic.Int64
}

func (a *absent) SettleMessages(tx *gorm.DB, accepted, refused []models.MessageCharge) ([]models.MessageCharge, error) {
	if a.tries.Add(1) < 3 {
		return nil, &models.Error{Code: models.Unavailable}
	}
	return a.Till.SettleMessages(tx, accepted, refused)
}

func TestAMessageThatWasTakenIsPaidForWhenTheDatabaseIsBack(t *testing.T) {
	t.Parallel()
	shops(t, func(t *testing.T, s *shop) {
		away := &absent{Till: s.bank}
		s.till = away
		s.open("ada")
		must(t, s.add("ada", lagos))
		must(t, s.send("ada"))
		s.has(70, 0)
		if n := s.count("possession_sends", "outcome = 'accepted'"); n != 1 || away.tries.Load() != 3 {
			t.Errorf("%d ends of a sending are written down after %d tries", n, away.tries.Load())
		}
	})
}

func TestTheEndOfASendingIsWrittenDownOnce(t *testing.T) {
	t.Parallel()
	shops(t, func(t *testing.T, s *shop) {
		s.net.cost = 7
		s.open("ada")
		must(t, s.add("ada", lagos))
		must(t, s.db.Gorm.Create(&counter{BusinessID: "shop", Scope: scopeMoney, Name: environment(false)}).Error)
		must(t, s.send("ada"))
		end := s.net.last()
		said := Delivery{Outcome: Accepted, Provider: "network", Reference: "ref", Cost: models.NGN(7)}
		must(t, s.arrived(t.Context(), outgoing{charge: &models.MessageCharge{BusinessID: "shop", ID: end.ID}}, end, said)) // a first try was committed unheard
		s.has(70, 0)
		var spent int64
		if err := s.db.Gorm.Table("possession_counters").Where("scope = ?", scopeMoney).Select("n").Scan(&spent).Error; err != nil || spent != 7 {
			t.Errorf("%d were spent (%v)", spent, err)
		}
	})
}

func TestAGatewayThatStopsWaitsForTheEndsThatAreBeingWrittenDown(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.notes <- struct{}{} // one is under way
		closed := make(chan struct{})
		go func() {
			h.Close()
			close(closed)
		}()
		wait.Until(t, "no other can begin", func() bool { return len(h.notes) == cap(h.notes) })
		select {
		case <-closed:
			t.Error("it has not waited")
		default:
		}
		<-h.notes
		<-closed
	})
}
