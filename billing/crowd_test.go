package billing

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// A crowd is businesses that walk in step, so that what they do at the same time shares the till's batches. After each
// step every one of them is compared with its own book, by the same sums as a business that walks alone. Triggers keep
// them, so that a step costs the same however much there is.
type crowd struct {
	*street
	seed    uint64
	chance  *rand.Rand
	walkers []*walker
	stored  []sums // of the walkers, in their order
}

type walker struct {
	business string
	book     *book
	deed     deed
	want     result
}

// crowdSize is how many walk in step.
const crowdSize = 100

// walks says how many walks are made, of how many steps: WHOSELINE_WALKS=5000x1000, say. A temporary folder in memory
// spares the disk.
func walks(t *testing.T) (count, steps int) {
	t.Helper()
	text := os.Getenv("WHOSELINE_WALKS")
	if text == "" {
		return fewWalks, fewSteps
	}
	if n, err := fmt.Sscanf(text, "%dx%d", &count, &steps); n != 2 {
		t.Fatalf("WHOSELINE_WALKS=%s: %v", text, err)
	}
	return count, steps
}

func TestBusinessesThatShareBatchesKeepTheirBooksAfterEveryStep(t *testing.T) {
	t.Parallel()
	count, steps := walks(t)
	for left := count; left > 0; left -= crowdSize {
		t.Run("crowd", func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, min(left, crowdSize))
			for range steps {
				c.step()
			}
			c.audit()
		})
	}
}

func newCrowd(t *testing.T, size int) *crowd {
	t.Helper()
	db := *storagetest.Open(t, storage.SQLite)
	db.Gorm, db.Read = db.Gorm.Session(&gorm.Session{PrepareStmt: true}), db.Read.Session(&gorm.Session{PrepareStmt: true})
	for _, statement := range tallies {
		if err := db.Gorm.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	c := &crowd{street: newStreetOn(t, &db), seed: rand.Uint64(), stored: make([]sums, size)}
	c.chance = rand.New(rand.NewPCG(c.seed, 0))
	for n := range size {
		w := &walker{business: fmt.Sprintf("shop%03d", n), book: newBook(c.clock.now())}
		c.walkers = append(c.walkers, w)
		if err := db.Gorm.Exec("INSERT INTO tallies (business_id) VALUES (?)", w.business).Error; err != nil {
			t.Fatal(err)
		}
		c.wallet(w.business, 0)
	}
	return c
}

// tallies keeps the sums of sumsStatement beside the tables: triggers count each row as it is written, changed or removed.
var tallies = append([]string{`CREATE TABLE tallies (business_id text PRIMARY KEY,
	transfers integer NOT NULL DEFAULT 0, newest integer NOT NULL DEFAULT 0, funded integer NOT NULL DEFAULT 0, spendable integer NOT NULL DEFAULT 0,
	reserved integer NOT NULL DEFAULT 0, earned integer NOT NULL DEFAULT 0, rows integer NOT NULL DEFAULT 0, charges integer NOT NULL DEFAULT 0,
	charged integer NOT NULL DEFAULT 0, open integer NOT NULL DEFAULT 0) WITHOUT ROWID`},
	slices.Concat(
		countingTriggers("transfers", "transfers = transfers + @ * 1, newest = CASE WHEN @ > 0 THEN max(newest, row.seq) ELSE newest END,"+
			"funded = funded + @ * row.amount * (row.debit = 'funding'), earned = earned + @ * row.amount * (row.credit = 'revenue'),"+
			"spendable = spendable + @ * row.amount * ((row.credit = 'available') - (row.debit = 'available')),"+
			"reserved = reserved + @ * row.amount * ((row.credit = 'held') - (row.debit = 'held'))"),
		countingTriggers("lookups", "rows = rows + @ * 1, charged = charged + @ * row.charged, open = open + @ * row.held * (row.status IN ('open', 'pending'))"),
		countingTriggers("charges", "charges = charges + @ * 1, charged = charged + @ * row.amount * (row.status = 'captured'),"+
			"open = open + @ * row.amount * (row.status = 'held')"),
	)...)

// countingTriggers gives the triggers of a table. In what is to be set, @ is 1 for a row that came and -1 for one that went.
func countingTriggers(table, set string) (triggers []string) {
	for event, signs := range map[string][]string{"INSERT": {"new"}, "DELETE": {"old"}, "UPDATE": {"old", "new"}} {
		body := ""
		for _, row := range signs {
			sign := map[string]string{"new": "1", "old": "(-1)"}[row]
			body += "UPDATE tallies SET " + strings.NewReplacer("@", sign, "row.", row+".").Replace(set) +
				" WHERE business_id = " + row + ".business_id; "
		}
		triggers = append(triggers, "CREATE TRIGGER "+table+event+" AFTER "+event+" ON "+table+" BEGIN "+body+"END")
	}
	return triggers
}

// step lets time pass or sweeps for all, or lets each of them do something.
func (c *crowd) step() {
	c.t.Helper()
	switch c.chance.IntN(11) {
	case 0:
		d := deed{step: step{Do: "wait", Wait: time.Duration(c.chance.IntN(90)) * time.Second}}
		c.do("", d)
		for _, w := range c.walkers {
			w.book.do(d)
		}
	case 1:
		want, got := 0, c.do("", deed{step: step{Do: "sweep"}})
		for _, w := range c.walkers {
			want += w.book.sweep().Swept
		}
		if (got != result{Swept: want}) {
			c.t.Fatalf("seed %d: a sweep came to %+v, want %d", c.seed, got, want)
		}
	default:
		c.act()
	}
	c.check()
}

// act has each do something. Those that must be refused go first, as they must write nothing.
func (c *crowd) act() {
	c.t.Helper()
	var refused, granted []*walker
	for _, w := range c.walkers {
		w.deed = w.book.deed(c.draw(w.book))
		if w.want = w.book.do(w.deed); w.want.Code != "" {
			refused = append(refused, w)
		} else {
			granted = append(granted, w)
		}
	}
	before := c.version()
	c.together(refused)
	if c.version() != before {
		c.t.Fatalf("seed %d: something was refused and yet wrote", c.seed)
	}
	c.together(granted)
}

func (c *crowd) together(walkers []*walker) {
	c.t.Helper()
	got := make([]result, len(walkers))
	var all sync.WaitGroup
	for i, w := range walkers {
		all.Go(func() { got[i] = c.do(w.business, w.deed) })
	}
	all.Wait()
	for i, w := range walkers {
		if got[i] != w.want {
			c.t.Fatalf("seed %d, %s: %+v came to %+v, want %+v", c.seed, w.business, w.deed, got[i], w.want)
		}
	}
}

// draw picks what a business does next, as often as a business that walks alone does it.
func (c *crowd) draw(b *book) step {
	number := func(most int) int { return c.chance.IntN(most + 1) }
	amount := []int64{0, 1 + c.chance.Int64N(100), 1 + c.chance.Int64N(1000)}[number(2)]
	newest := func(list int) int { return max(list-1-number(3), 0) }
	switch number(8) {
	case 0:
		return step{Do: "top up", Which: number(30), Amount: (1 + c.chance.Int64N(3)) * 500}
	case 1:
		return step{Do: "hold", Which: number(3), Key: number(6), Amount: amount}
	case 2:
		return step{Do: "hold", Which: number(3), Amount: amount}
	case 3:
		return step{Do: "hold again", Which: number(1000), Amount: amount}
	case 4:
		return step{Do: "settle", Which: newest(len(b.order)), Key: number(4), Amount: amount}
	case 5:
		return step{Do: "settle", Which: number(1000), Key: number(4), Amount: amount}
	case 6:
		return step{Do: "charge", Amount: amount}
	case 7:
		return step{Do: "end charge", Which: newest(len(b.charges)), Key: number(1)}
	}
	if number(20) > 0 {
		return step{Do: "nothing"}
	}
	return step{Do: "withdraw", Which: number(3)}
}

const tallied = `SELECT w.available, w.held, w.seq, t.transfers, t.newest, t.funded, t.spendable, t.reserved, t.earned, t.rows, t.charges,
	t.charged, t.open FROM tallies t JOIN wallets w ON w.business_id = t.business_id ORDER BY t.business_id`

// check holds what is stored of every business against its book.
func (c *crowd) check() {
	c.t.Helper()
	if err := c.db.Read.Raw(tallied).Scan(&c.stored).Error; err != nil || len(c.stored) != len(c.walkers) {
		c.t.Fatalf("%d sums: %v", len(c.stored), err)
	}
	for i, w := range c.walkers {
		if want, got := w.book.sums(), c.stored[i]; got != want || !got.sound() {
			c.t.Fatalf("seed %d, %s, after %+v: the books are\n%+v, want\n%+v", c.seed, w.business, w.deed, got, want)
		}
	}
}

// audit has the till look at all books, and adds up what the triggers have counted.
func (c *crowd) audit() {
	c.t.Helper()
	c.clean()
	for _, w := range c.walkers {
		c.business, c.book = w.business, w.book
		c.street.check(c.t)
	}
}
