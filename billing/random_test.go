package billing

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// fataler is a test, or one of rapid's.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// street is a till on the embedded engine where one business after the other lives through a sequence of steps. Each
// is compared with its book after every step.
type street struct {
	*shop
	watcher  *sql.Conn // a reader that sees whether anybody wrote to the file
	business string
	book     *book
	lived    int
}

func newStreet(t testing.TB) *street {
	t.Helper()
	return newStreetOn(t, storagetest.Open(t, storage.SQLite))
}

func newStreetOn(t testing.TB, db *storage.DB) *street {
	t.Helper()
	s := &street{shop: newShop(t, db)}
	readers, err := s.db.Read.DB()
	if err != nil {
		t.Fatal(err)
	}
	if s.watcher, err = readers.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.watcher.Close() })
	return s
}

// moveIn starts a new business, and leaves nothing of the one before.
func (s *street) moveIn() {
	if s.business != "" {
		s.moveOut()
	}
	s.lived++
	s.business, s.book = fmt.Sprint("shop", s.lived), newBook(s.clock.now())
	s.wallet(s.business, 0)
}

func (s *street) moveOut() {
	for _, table := range []string{"wallets", "transfers", "lookups", "charges", "consent_withdrawals", "idempotency_keys"} {
		if err := s.db.Gorm.Exec("DELETE FROM "+table+" WHERE business_id = ?", s.business).Error; err != nil {
			s.t.Fatal(err)
		}
	}
}

// version changes with every byte that is written to the database.
func (s *street) version() (n int64) {
	if err := s.watcher.QueryRowContext(s.t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// live takes a step and checks that its outcome and everything stored are as the book says.
func (s *street) live(t fataler, st step) {
	t.Helper()
	d := s.book.deed(st)
	want := s.book.do(d)
	before := s.version()
	got := s.do(s.business, d)
	if got != want {
		t.Fatalf("%+v came to %+v, want %+v", d, got, want)
	}
	if want.Code != "" && s.version() != before {
		t.Fatalf("%+v was refused with %s and yet wrote something", d, want.Code)
	}
	s.check(t)
}

// sums are the figures that must agree, each by its own way.
type sums struct {
	Available, Held, Seq                   int64 // of the wallet
	Funded, Spendable, Reserved, Earned    int64 // of the transfers
	Transfers, Newest, Open, Charged, Rows int64
	Charges                                int64
}

const sumsStatement = `SELECT w.available, w.held, w.seq, t.*, l.rows, c.charges, l.charged + c.captured AS charged, l.open + c.held AS open
FROM wallets w, (
	SELECT count(*) AS transfers, coalesce(max(seq), 0) AS newest,
		coalesce(sum(CASE WHEN debit = 'funding' THEN amount ELSE 0 END), 0) AS funded,
		coalesce(sum(CASE WHEN credit = 'available' THEN amount WHEN debit = 'available' THEN -amount ELSE 0 END), 0) AS spendable,
		coalesce(sum(CASE WHEN credit = 'held' THEN amount WHEN debit = 'held' THEN -amount ELSE 0 END), 0) AS reserved,
		coalesce(sum(CASE WHEN credit = 'revenue' THEN amount ELSE 0 END), 0) AS earned
	FROM transfers WHERE business_id = @business) t, (
	SELECT count(*) AS rows, coalesce(sum(charged), 0) AS charged,
		coalesce(sum(CASE WHEN status IN ('open', 'pending') THEN held ELSE 0 END), 0) AS open
	FROM lookups WHERE business_id = @business) l, (
	SELECT count(*) AS charges, coalesce(sum(CASE WHEN status = 'captured' THEN amount ELSE 0 END), 0) AS captured,
		coalesce(sum(CASE WHEN status = 'held' THEN amount ELSE 0 END), 0) AS held
	FROM charges WHERE business_id = @business) c
WHERE w.business_id = @business`

// check holds the invariants of the money against the tables, and the tables against the book.
func (s *street) check(t fataler) {
	t.Helper()
	var got sums
	if err := s.db.Read.Raw(sumsStatement, sql.Named("business", s.business)).Scan(&got).Error; err != nil {
		t.Fatalf("read the sums: %v", err)
	}
	if want := s.book.sums(); got != want || !got.sound() {
		t.Fatalf("the books are\n%+v, want\n%+v", got, want)
	}
}

func (b *book) sums() sums {
	return sums{
		Available: b.available, Held: b.held, Seq: b.seq, Funded: b.funding, Spendable: b.available, Reserved: b.held,
		Earned: b.revenue, Transfers: b.seq, Newest: b.seq, Open: b.held, Charged: b.revenue, Rows: int64(len(b.lookups)),
		Charges: int64(len(b.charges)),
	}
}

// sound tells whether no money came from nowhere or is owed.
func (s sums) sound() bool {
	return s.Available >= 0 && s.Held >= 0 && s.Funded == s.Available+s.Held+s.Earned
}

// audit has the till itself look at the business's books.
func (s *street) audit(t fataler) {
	t.Helper()
	if audit, err := s.Verify(s.t.Context(), s.business, func(int64) {}); err != nil || len(audit.Lies) > 0 {
		t.Fatalf("the audit: %v, %v", audit.Lies, err)
	}
}

func amounts() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 100), rapid.Int64Range(1, 1000))
}

func TestRandomOperationsKeepTheBooksAfterEveryStep(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	rapid.Check(t, func(t *rapid.T) {
		s.moveIn()
		number := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
		t.Repeat(map[string]func(*rapid.T){
			"top up": func(t *rapid.T) {
				s.live(t, step{Do: "top up", Which: number("reference", 30), Amount: rapid.Int64Range(1, 3).Draw(t, "amount") * 500})
			},
			"hold": func(t *rapid.T) {
				s.live(t, step{Do: "hold", Which: number("number", 3), Key: number("key", 6), Amount: amounts().Draw(t, "price")})
			},
			"hold without a key": func(t *rapid.T) {
				s.live(t, step{Do: "hold", Which: number("number", 3), Amount: amounts().Draw(t, "price")})
			},
			"hold an id again": func(t *rapid.T) {
				s.live(t, step{Do: "hold again", Which: number("lookup", 1000), Amount: amounts().Draw(t, "price")})
			},
			"settle the newest": func(t *rapid.T) {
				which := max(len(s.book.order)-1-number("back", 3), 0)
				s.live(t, step{Do: "settle", Which: which, Key: number("ending", 4), Amount: amounts().Draw(t, "charge")})
			},
			"settle any": func(t *rapid.T) {
				s.live(t, step{Do: "settle", Which: number("lookup", 1000), Key: number("ending", 4), Amount: amounts().Draw(t, "charge")})
			},
			"charge": func(t *rapid.T) { s.live(t, step{Do: "charge", Amount: amounts().Draw(t, "price")}) },
			"end a charge": func(t *rapid.T) {
				s.live(t, step{Do: "end charge", Which: max(len(s.book.charges)-1-number("back", 3), 0), Key: number("ending", 1)})
			},
			"withdraw": func(t *rapid.T) {
				if number("seldom", 20) == 0 {
					s.live(t, step{Do: "withdraw", Which: number("number", 3)})
				}
			},
			"wait": func(t *rapid.T) {
				s.live(t, step{Do: "wait", Wait: time.Duration(number("seconds", 90)) * time.Second})
			},
			"sweep": func(t *rapid.T) { s.live(t, step{Do: "sweep"}) },
		})
		s.audit(t)
	})
}

// FuzzTill lives through the steps that some bytes stand for, four each.
func FuzzTill(f *testing.F) {
	f.Add([]byte{0, 1, 0, 9, 1, 0, 1, 5, 3, 0, 0, 0})
	f.Add([]byte{0, 1, 0, 255, 1, 0, 1, 50, 5, 0, 0, 200, 6, 0, 0, 0, 3, 0, 0, 0, 1, 0, 1, 50})
	f.Add([]byte{0, 1, 0, 99, 1, 1, 1, 9, 3, 0, 4, 0, 3, 0, 1, 4, 2, 0, 0, 1, 4, 1, 0, 0, 1, 1, 0, 1})
	s := newStreet(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s.t = t
		s.moveIn()
		doings := []string{"top up", "hold", "hold again", "settle", "withdraw", "wait", "sweep", "charge", "end charge"}
		for ; len(data) >= 4 && len(s.book.order) < 200; data = data[4:] {
			s.live(t, step{
				Do: doings[int(data[0])%len(doings)], Which: int(data[1]), Key: int(data[2]) % 8,
				Amount: int64(data[3]) * 10, Wait: time.Duration(data[3]) * time.Second,
			}.sensible())
		}
		s.audit(t)
	})
}

// sensible leaves out what no caller can ask for: the top-up of nothing is refused before the books are opened.
func (st step) sensible() step {
	if st.Do == "top up" {
		st.Amount++
	}
	return st
}

func TestBothEnginesKeepTheSameBooks(t *testing.T) {
	t.Parallel()
	shops := map[string]*shop{}
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		shops[engine] = newShop(t, storagetest.Open(t, engine))
	}
	kinds := rapid.SampledFrom([]string{"top up", "hold", "hold", "hold", "hold again", "settle", "settle", "settle", "charge", "charge", "end charge", "withdraw"})
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			Do: kinds.Draw(t, "do"), Which: rapid.IntRange(0, 40).Draw(t, "which"), Key: rapid.IntRange(0, 9).Draw(t, "key"),
			Amount: rapid.Int64Range(0, 400).Draw(t, "amount"),
		}.sensible()
	}), 1, 80)
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		drawn, told := steps.Draw(t, "steps"), map[string]books{}
		for engine, s := range shops {
			s.clock.pass(time.Hour) // beyond what an earlier round has left open
			s.do("", deed{step: step{Do: "sweep"}})
			told[engine] = s.liveThrough(t, fmt.Sprint("shop", round), drawn)
		}
		if diff := cmp.Diff(told[storage.SQLite], told[storage.Postgres], cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-SQLite +PostgreSQL:\n%s", diff)
		}
	})
}

// liveThrough takes steps seconds apart, sweeping after each so that never two holds end in one batch nor at the moment of
// the next step, and tells what is stored in the end.
func (s *shop) liveThrough(t fataler, business string, steps []step) books {
	t.Helper()
	s.wallet(business, 0)
	b := newBook(s.clock.now())
	for i, st := range steps {
		for _, st := range []step{st, {Do: "wait", Wait: 4 * time.Second}, {Do: "sweep"}, {Do: "wait", Wait: time.Second}} {
			d := b.deed(st)
			want := b.do(d)
			if got := s.do(business, d); got != want {
				t.Fatalf("%s, step %d: %+v came to %+v, want %+v", s.db.Engine, i, d, got, want)
			}
		}
	}
	if audit, err := s.Verify(s.t.Context(), business, func(int64) {}); err != nil || len(audit.Lies) > 0 {
		t.Fatalf("%s: the audit: %v, %v", s.db.Engine, audit.Lies, err)
	}
	found := s.of(business)
	found.Keys = slices.DeleteFunc(found.Keys, func(k keyRow) bool { return !s.clock.now().Before(k.ExpiresAt) }) // as good as gone
	return found
}
