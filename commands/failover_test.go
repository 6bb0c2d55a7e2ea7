package commands_test

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/storage/storagetest"
)

// faithful is callers who repeat a request under its idempotency key until it is answered, as the guide tells them to, each
// time at the next gateway.
type faithful struct {
	t        *testing.T
	token    string
	gateways []*gateway
	lost     atomic.Bool // the standby, so that nothing may be answered
	answers  atomic.Int64
	callers  sync.WaitGroup
	quit     chan struct{}
	end      sync.Once

	mu       sync.Mutex
	seen     map[string]string // the lookup that was answered, by idempotency key
	statuses map[int]int
	longest  time.Duration
}

func startFaithful(t *testing.T, token string, gateways ...*gateway) *faithful {
	f := &faithful{
		t: t, token: token, gateways: gateways, quit: make(chan struct{}), seen: map[string]string{}, statuses: map[int]int{},
	}
	t.Cleanup(f.stop)
	for caller := range 16 {
		f.callers.Go(func() {
			for n := 0; !f.over(); n++ {
				f.untilAnswered(fmt.Sprintf("%d-%d", caller, n), caller+n)
			}
		})
	}
	return f
}

// stop waits until every caller has the answer that it is after.
func (f *faithful) stop() {
	f.end.Do(func() { close(f.quit) })
	f.callers.Wait()
}

func (f *faithful) over() bool {
	select {
	case <-f.quit:
		return true
	default:
		return false
	}
}

func (f *faithful) untilAnswered(key string, first int) {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for n := first; ; n++ {
		lost, began := f.lost.Load(), time.Now()
		r := f.gateways[n%len(f.gateways)].tell(lookup(f.token, "08000000000", key))
		took := time.Since(began)
		f.mu.Lock()
		f.statuses[r.status]++
		f.longest = max(f.longest, took)
		f.mu.Unlock()
		switch r.status {
		case 200:
			if lost && f.lost.Load() {
				f.t.Errorf("%s was answered although no standby has it", key)
			}
			f.mu.Lock()
			f.seen[key] = r.id()
			f.mu.Unlock()
			f.answers.Add(1)
			return
		case 409, 500, 503:
		default:
			f.t.Errorf("%s: %d %s", key, r.status, r.body)
			return
		}
		<-pause.C
	}
}

// flows waits until answers come again.
func (f *faithful) flows(when string) {
	f.t.Helper()
	wanted := f.answers.Load() + 200
	wait.Until(f.t, when+", answers come", func() bool { return f.answers.Load() >= wanted }, func() { f.gateways[0].explain(f.t) })
}

// unready waits until every gateway says that commits do not come back.
func (f *faithful) unready() {
	f.t.Helper()
	for _, g := range f.gateways {
		wait.Until(f.t, "a gateway is not ready", func() bool {
			r := g.tellAt(g.ops, call{method: "GET", path: "/readyz"})
			said, _ := field(f.t, r.body, "checks", "commits").(string)
			return r.status == 503 && said != "ok"
		})
	}
}

// refused waits until callers have heard a status anew.
func (f *faithful) refused(status int) {
	f.t.Helper()
	count := func() int {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.statuses[status]
	}
	before := count()
	wait.Until(f.t, "callers are refused", func() bool { return count() > before })
}

func (f *faithful) loseStandby(pair *storagetest.Pair) {
	pair.LoseStandby()
	f.lost.Store(true)
	f.unready()
}

func TestWhateverBecomesOfThePrimaryAndItsStandbyNothingIsLostAndNothingDoubled(t *testing.T) {
	t.Parallel()
	pair := storagetest.StartPair(t)
	s := openAt(t, pair.URL("postgres"), "DATABASE__MIGRATE=true", "BILLING__SWEEP_EVERY=1s",
		"PROVIDERS__ATTEMPT_TIMEOUT=2s", "PROVIDERS__TOTAL_TIMEOUT=5s", "BILLING__HOLD_LEASE=20s")
	first := s.serve(t)
	who := s.tenant(t, 1_000_000)
	f := startFaithful(t, who.token, first, s.serve(t))
	f.flows("before")
	rounds, _ := strconv.Atoi(cmp.Or(os.Getenv("WHOSELINE_FAILOVER_ROUNDS"), "1"))
	for round := range rounds {
		f.loseStandby(pair)
		if rounds > 1 {
			f.refused(503)
		}
		if round%2 == 1 { // the primary dies with what it could not pass on
			f.lost.Store(false)
			pair.FailOver()
			f.flows("after the death of a primary whose standby was away")
			pair.Rejoin()
			continue
		}
		f.lost.Store(false)
		pair.RestoreStandby()
		f.flows("after the standby's return")
		pair.FailOver()
		f.flows("after the primary's death")
		pair.Rejoin()
		f.flows("after both are back")
	}
	f.stop()
	t.Logf("%d lookups were answered; callers heard %v; the longest wait was %s", len(f.seen), f.statuses, f.longest.Round(time.Millisecond))
	f.compare(s, who.id)
}

// compare holds what callers saw against the books.
func (f *faithful) compare(s *site, business string) {
	t := f.t
	wait.Until(t, "nothing stays held", func() bool { return s.wallet(t, business).Held == 0 })
	db := storagetest.OpenURL(t, s.url)
	captured := references(t, db, business, models.Capture)
	lost := 0
	for key, id := range f.seen {
		if !captured[id] {
			t.Errorf("%s was answered by lookup %s, which was not paid for", key, id)
			lost++
		}
	}
	t.Logf("%d lost, %d paid for in vain", lost, len(captured)-len(f.seen)+lost)
	if len(captured) != len(f.seen) {
		t.Errorf("%d lookups were paid for, %d answered", len(captured), len(f.seen))
	}
	s.mustVerify(t)
}
