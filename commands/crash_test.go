package commands_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// hasty gives the settings under which a crash is cleared up soon. The race detector makes everything slower.
func hasty(more ...string) []string {
	settings := []string{"PROVIDERS__SANDBOX_DELAY=20ms", "BILLING__SWEEP_EVERY=100ms"}
	if raced() {
		settings = append(settings, "PROVIDERS__ATTEMPT_TIMEOUT=2s", "PROVIDERS__TOTAL_TIMEOUT=4s", "BILLING__HOLD_LEASE=8s")
	} else {
		settings = append(settings, "PROVIDERS__ATTEMPT_TIMEOUT=200ms", "PROVIDERS__TOTAL_TIMEOUT=500ms", "BILLING__HOLD_LEASE=1s")
	}
	return append(settings, more...)
}

// load is many callers who ask one thing after the other, each time under a new idempotency key, and remember what
// they were told.
type load struct {
	token    string
	gateway  *gateway
	answers  atomic.Int64 // seen so far
	mu       sync.Mutex
	seen     map[string]string // the lookup that was seen to be answered, by idempotency key
	doubtful []string          // keys of requests without an answer
	refused  map[string]int    // how often each answer but 200 was seen
	callers  sync.WaitGroup
	quit     chan struct{}
}

// callers is how many ask at once.
const callers = 220

func (g *gateway) load(token, name string) *load { return g.loadOf(callers, token, name) }

func (g *gateway) loadOf(callers int, token, name string) *load {
	l := &load{token: token, gateway: g, seen: map[string]string{}, refused: map[string]int{}, quit: make(chan struct{})}
	for caller := range callers {
		l.callers.Go(func() { l.ask(fmt.Sprintf("%s-%d", name, caller)) })
	}
	return l
}

// ask goes on until it is told to stop or the gateway is gone.
func (l *load) ask(name string) {
	for n := 0; ; n++ {
		key := fmt.Sprintf("%s-%d", name, n)
		r := l.gateway.tell(lookup(l.token, "08000000000", key))
		l.mu.Lock()
		if r.status == 200 {
			l.seen[key] = r.id()
			l.answers.Add(1)
		} else {
			l.doubtful = append(l.doubtful, key)
			l.refused[string(r.body)]++
		}
		l.mu.Unlock()
		select {
		case <-l.quit:
			return
		default:
			if r.status == 0 && l.gateway.over() {
				return
			}
		}
	}
}

// after waits for so many answers from now on.
func (l *load) after(t *testing.T, answers int64) {
	t.Helper()
	wanted := l.answers.Load() + answers
	l.gateway.await(t, fmt.Sprintf("%d answers", wanted), func() bool { return l.answers.Load() >= wanted })
}

// stop ends the load and waits for the last answers.
func (l *load) stop() {
	close(l.quit)
	l.callers.Wait()
}

// seed makes the moments of this run; WHOSELINE_TEST_SEED repeats another one's.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := rand.Uint64()
	if text := os.Getenv("WHOSELINE_TEST_SEED"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("WHOSELINE_TEST_SEED=%d", n)
	return rand.New(rand.NewPCG(n, 0))
}

func TestAKilledGatewayLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		chance := seed(t)
		s := open(t, engine, hasty()...)
		who := s.tenant(t, 1_000_000)
		db := storagetest.OpenURL(t, s.url)
		seen := map[string]string{}
		for round := range 3 {
			doubtful := killUnderLoad(t, s, who, moment{seen, round, chance.Int64N(600)})
			g := s.serve(t)
			mustClearUp(t, s, g, who)
			retry(t, g, who, doubtful, seen)
			mustHavePaidOnce(t, db, g, who, seen)
			s.mustVerify(t)
			g.stop(t)
		}
	})
}

// moment says when a gateway dies, and where what was seen until then is kept.
type moment struct {
	seen    map[string]string
	round   int
	answers int64
}

func killUnderLoad(t *testing.T, s *site, who tenant, r moment) (doubtful []string) {
	t.Helper()
	g := s.serve(t)
	l := g.load(who.token, fmt.Sprint("round ", r.round))
	l.after(t, r.answers)
	g.kill()
	l.callers.Wait()
	for key, id := range l.seen {
		r.seen[key] = id
	}
	t.Logf("killed after %d answers: %d seen, %d in doubt", r.answers, len(l.seen), len(l.doubtful))
	return l.doubtful
}

// mustClearUp waits until nothing is held any more.
func mustClearUp(t *testing.T, s *site, g *gateway, who tenant) {
	t.Helper()
	g.await(t, "nothing is held", func() bool { return s.wallet(t, who.id).Held == 0 })
}

// retry does what a client does whose request got no answer: the same again under the same key, until there is one.
func retry(t *testing.T, g *gateway, who tenant, doubtful []string, seen map[string]string) {
	t.Helper()
	refused := map[int]int{}
	g.await(t, "every request is answered", func() bool {
		calls := make([]call, len(doubtful))
		for i, key := range doubtful {
			calls[i] = lookup(who.token, "08000000000", key)
		}
		var again []string
		for i, r := range burst([]*gateway{g}, calls) {
			if r.status == 200 {
				seen[doubtful[i]] = r.id()
				continue
			}
			refused[r.status]++
			again = append(again, doubtful[i])
		}
		doubtful = again
		return len(doubtful) == 0
	})
	if len(refused) > 0 {
		t.Logf("retried more than once after %v", refused)
	}
}

// mustHavePaidOnce compares what clients saw with what was charged.
func mustHavePaidOnce(t *testing.T, db *storage.DB, g *gateway, who tenant, seen map[string]string) {
	t.Helper()
	paid, held := references(t, db, who.id, models.Capture), references(t, db, who.id, models.Hold)
	released := references(t, db, who.id, models.Release)
	lookups := map[string]bool{}
	for key, id := range seen {
		if !paid[id] {
			t.Errorf("%s: seen, not charged: %q", key, id)
		}
		lookups[id] = true
	}
	for id := range paid {
		if lookups[id] {
			continue
		}
		r := g.tell(call{method: "GET", path: "/v2/api/identity/" + id, token: who.token})
		t.Errorf("charged %s, and no key leads to it: %d %s", id, r.status, r.body)
	}
	if len(lookups) != len(seen) || len(held) != len(paid)+len(released) {
		t.Errorf("%d keys, %d lookups; %d held, %d paid, %d released", len(seen), len(lookups), len(held), len(paid), len(released))
	}
}

func TestALookupThatWasPaidWhenTheGatewayDiedCanBeRead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine, hasty()...)
		who := s.tenant(t, 1_000_000)
		l := moment{map[string]string{}, 0, seed(t).Int64N(300)}
		killUnderLoad(t, s, who, l)
		g := s.serve(t)
		mustClearUp(t, s, g, who)
		lookups := map[string]bool{}
		for _, id := range l.seen {
			lookups[id] = true
		}
		for id := range references(t, storagetest.OpenURL(t, s.url), who.id, models.Capture) {
			r := g.tell(call{method: "GET", path: "/v2/api/identity/" + id, token: who.token})
			if !lookups[id] && (r.status != 200 || field(t, r.body, "data", "status") != "found") {
				t.Errorf("charged %s: %d %s", id, r.status, r.body)
			}
		}
	})
}

func TestAGatewayOutlivesItsDatabase(t *testing.T) {
	t.Parallel()
	dir, settings := t.TempDir(), map[string]string{"shared_buffers": "32MB"}
	url, halt, err := storagetest.StartPostgres(dir, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { halt(true) })
	chance := seed(t)
	s := openAt(t, url, hasty("PROVIDERS__SANDBOX_DELAY=5ms")...)
	who := s.tenant(t, 1_000_000)
	g := s.serve(t)
	l := g.load(who.token, "load")
	for range 2 {
		l.after(t, 1+chance.Int64N(800))
		halt(true)
		g.await(t, "/readyz says that the database is away", func() bool { return g.opsStatus("/readyz") == 503 })
		if got := g.opsStatus("/livez"); got != 200 {
			t.Errorf("/livez while the database is away: %d", got)
		}
		if _, halt, err = storagetest.StartPostgres(dir, settings); err != nil {
			t.Fatal(err)
		}
		g.await(t, "/readyz says that the database is back", func() bool { return g.opsStatus("/readyz") == 200 })
	}
	l.after(t, 1)
	l.stop()
	mustClearUp(t, s, g, who)
	retry(t, g, who, l.doubtful[max(0, len(l.doubtful)-1000):], l.seen)
	mustClearUp(t, s, g, who)
	paid := references(t, storagetest.OpenURL(t, url), who.id, models.Capture)
	mustHaveAll(t, l.seen, paid)
	s.mustVerify(t)
	g.stop(t)
}

// mustHaveAll checks that every answer that was seen was charged.
func mustHaveAll(t *testing.T, seen map[string]string, paid map[string]bool) {
	t.Helper()
	for key, id := range seen {
		if !paid[id] {
			t.Errorf("%s: seen, not charged: %q", key, id)
		}
	}
	t.Logf("%d seen, %d charged", len(seen), len(paid))
}
