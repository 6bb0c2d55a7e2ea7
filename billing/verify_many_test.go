package billing

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// busy gives a business n paid lookups, and a free one for every hundred of them, as the till would have written them.
func busy(t *testing.T, s *shop, business string, n int) {
	t.Helper()
	s.wallet(business, int64(n)*100)
	for n > 0 {
		part := min(n, 1000)
		must(t, s.db.Gorm.Transaction(func(tx *gorm.DB) error {
			a, err := locked(tx, business)
			if err != nil {
				return err
			}
			var rows []*models.Lookup
			for i := range part {
				rows = append(rows, s.passed(a, business, 100))
				if i%100 == 0 {
					rows = append(rows, s.passed(a, business, 0))
				}
			}
			if err := tx.CreateInBatches(rows, 500).Error; err != nil {
				return err
			}
			return writeAccount(tx, a, s.Till.keys.ChainKey(), s.clock.now())
		}))
		n -= part
	}
}

// passed asks and answers a lookup at once.
func (s *shop) passed(a *account, business string, price int64) *models.Lookup {
	l := s.lookup(business, price)
	l.Request, l.Attempts = make([]byte, 400), "" // as long as one is
	done := s.ended(l, models.StatusFound, price)
	done.Answer = make([]byte, 400)
	for _, o := range []*op{newHold(HoldOrder{Lookup: l}), newSettle(SettleOrder{Lookup: done})} {
		a.tell(o.free)
		for _, m := range o.moves {
			a.apply(m)
		}
	}
	return done
}

// WHOSELINE_VERIFY_LOOKUPS=1000000 go test -run ManyPages -timeout 0 -v ./billing
//
// fills a PostgreSQL database with as many and says how long it takes to verify them.
func TestABookOfManyPagesIsVerified(t *testing.T) {
	t.Parallel()
	n, engine := fewLookups, storage.SQLite
	if text := os.Getenv("WHOSELINE_VERIFY_LOOKUPS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		must(t, err)
		engine = storage.Postgres
	}
	s := newShop(t, storagetest.Open(t, engine))
	busy(t, s, "shop", n)
	began := time.Now()
	audit, err := s.Verify(t.Context(), "", func(int64) {})
	t.Logf("%d lookups and %d transfers in %s", audit.Lookups, audit.Transfers, time.Since(began))
	if err != nil || len(audit.Lies) > 0 || audit.Lookups != int64(n) || audit.Transfers != int64(2*n+1) || audit.Free < int64(n/100) {
		t.Fatalf("%+v, %v", audit, err)
	}
	for _, seq := range []int{2, verifyPage, verifyPage + 1, 2 * n} {
		s.exec("UPDATE transfers SET amount = amount + 1 WHERE seq = ?", seq)
		audit, err := s.Verify(t.Context(), "", func(int64) {})
		s.exec("UPDATE transfers SET amount = amount - 1 WHERE seq = ?", seq)
		if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != fmt.Sprintf("transfers shop/%d", seq) {
			t.Errorf("entry %d: %+v, %v", seq, audit.Lies, err)
		}
		if n > 100_000 {
			break // the figure is what was asked for
		}
	}
}
