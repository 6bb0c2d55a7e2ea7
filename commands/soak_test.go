package commands_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var soakFor = flag.Duration("soak", 0, "how long to soak; if it is not given, once through every disturbance, with few webhooks")

// soak is two gateways on one database, businesses that ask, and whatever goes wrong meanwhile.
type soak struct {
	site       *site  // past the line
	wired      string // the database, by the line
	line       *storagetest.Line
	dir        string // of the server
	halt       func(immediate bool)
	gateways   [2]atomic.Pointer[gateway]
	businesses []*soaked
	endpoints  int // of each business
	ends       *ends
	begun      time.Time
	later      int64 // lookups that are to be answered later, and so make a webhook
	asked      atomic.Int64
	quit       chan struct{}
	callers    sync.WaitGroup

	mu       sync.Mutex
	statuses map[int]int
	longest  time.Duration
	most     int64 // memory of a gateway
	events   map[string]int

	postponed int // webhooks that failed so often that their next try is minutes away
}

// soaked is a business with what it was told and what it does not know.
type soaked struct {
	tenant
	mu       sync.Mutex
	seen     map[string]string
	promised map[string]string // of those, what was said to be told later
	doubtful []string
}

func TestNothingIsLostInASoak(t *testing.T) {
	if *soakFor == 0 {
		t.Parallel()
	}
	s := newSoak(t)
	for n := range 8 {
		s.callers.Go(func() { s.ask(n) })
	}
	s.disturb(t)
	close(s.quit)
	s.callers.Wait()
	s.settle(t)
	db := storagetest.OpenURL(t, s.site.url)
	s.mustHaveTold(t, db)
	s.mustAgree(t, db)
	s.report(t)
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{
		dir: t.TempDir(), begun: time.Now(), quit: make(chan struct{}), statuses: map[int]int{}, events: map[string]int{}, endpoints: 10, later: 10,
	}
	businesses := 2
	if *soakFor > 0 {
		businesses, s.later = 50, min(10_000, int64(1000*soakFor.Minutes()))
	}
	url, halt, err := storagetest.StartPostgres(s.dir, soakSettings)
	if err != nil {
		t.Fatal(err)
	}
	s.halt = halt
	t.Cleanup(func() { s.halt(true) })
	line, wired := storagetest.Wire(t, url)
	s.line, s.site = line, openAt(t, url, hasty("PROVIDERS__SANDBOX_DELAY=5ms", "WEBHOOKS__ALLOW_LOOPBACK=true")...)
	for range businesses {
		s.businesses = append(s.businesses, &soaked{tenant: s.site.tenant(t, 10_000_000), seen: map[string]string{}, promised: map[string]string{}})
	}
	s.site = s.site.with("DATABASE__URL=" + wired)
	for i := range s.gateways {
		s.gateways[i].Store(s.site.serve(t))
	}
	s.site = s.site.with("DATABASE__URL=" + url)
	s.wired = wired
	s.ends = newEnds(t)
	for _, b := range s.businesses {
		for n := range s.endpoints {
			r := s.gateways[0].Load().tell(call{method: "POST", path: "/v1/webhooks", token: b.token, body: `{"url":"` + s.ends.url(b.id, n) + `"}`})
			if r.status != 200 && r.status != 201 {
				t.Fatalf("webhook: %d %s", r.status, r.body)
			}
		}
	}
	return s
}

var soakSettings = map[string]string{"shared_buffers": "64MB", "max_connections": "200"}

// ask calls a gateway every now and then, for a business by chance.
func (s *soak) ask(caller int) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for n := 0; ; n++ {
		b := s.businesses[rand.IntN(len(s.businesses))]
		key := fmt.Sprintf("now-%d-%d", caller, n)
		if s.wantsLater() {
			key = "later" + strings.TrimPrefix(key, "now")
		}
		began := time.Now()
		r := s.gateways[rand.IntN(2)].Load().tell(soakedCall(b, key))
		s.note(r.status, time.Since(began))
		b.note(key, r)
		select {
		case <-s.quit:
			return
		case <-again.C:
		}
	}
}

// wantsLater spreads the lookups that are answered later over the time there is.
func (s *soak) wantsLater() bool {
	share := 1.0
	if *soakFor > 0 {
		share = min(1, 1.2*time.Since(s.begun).Seconds()/soakFor.Seconds())
	}
	if float64(s.asked.Load()) >= share*float64(s.later) {
		return false
	}
	s.asked.Add(1)
	return true
}

func soakedCall(b *soaked, key string) call {
	if strings.HasPrefix(key, "later") {
		return lookup(b.token, "08000000024", key)
	}
	return lookup(b.token, "08000000000", key)
}

func (s *soak) note(status int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[status]++
	s.longest = max(s.longest, took)
}

func (b *soaked) note(key string, r reply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.status != 200 {
		b.doubtful = append(b.doubtful, key)
		return
	}
	b.seen[key] = r.id()
	if bytes.Contains(r.body, []byte(`"status":"pending"`)) {
		b.promised[key] = r.id()
	}
}

func (s *soak) answers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.statuses[200]
}

// disturb does one bad thing after the other, each time until the gateways answer again.
func (s *soak) disturb(t *testing.T) {
	t.Helper()
	for round := 0; round == 0 || time.Since(s.begun) < *soakFor; round++ {
		for _, what := range []struct {
			name string
			do   func(*testing.T)
		}{{"gateways killed", s.kill}, {"database crashed", s.crash}, {"database silent", s.silence}} {
			enough := s.answers() + 200
			wait.Until(t, "there are answers", func() bool { return s.answers() >= enough })
			s.weigh()
			what.do(t)
			s.events[what.name]++
		}
	}
}

func (s *soak) kill(t *testing.T) {
	t.Helper()
	one := &s.gateways[rand.IntN(2)]
	one.Load().kill()
	one.Store(s.site.with("DATABASE__URL=" + s.wired).serve(t))
}

func (s *soak) crash(t *testing.T) {
	t.Helper()
	s.halt(true)
	s.mustBeReady(t, 503)
	var err error
	if _, s.halt, err = storagetest.StartPostgres(s.dir, soakSettings); err != nil {
		t.Fatal(err)
	}
	s.mustBeReady(t, 200)
}

func (s *soak) silence(t *testing.T) {
	t.Helper()
	s.line.Silent(true)
	s.mustBeReady(t, 503)
	s.line.Silent(false)
	s.mustBeReady(t, 200)
}

func (s *soak) mustBeReady(t *testing.T, status int) {
	t.Helper()
	for i := range s.gateways {
		g := s.gateways[i].Load()
		g.await(t, fmt.Sprintf("/readyz says %d", status), func() bool { return g.opsStatus("/readyz") == status })
	}
}

// weigh looks at the gateways' memory.
func (s *soak) weigh() {
	for i := range s.gateways {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.gateways[i].Load().command.Process.Pid)) // it may have been killed
		_, rest, _ := strings.Cut(string(text), "VmRSS:")
		kib, _ := strconv.ParseInt(strings.Fields(rest + " 0")[0], 10, 64)
		s.most = max(s.most, kib>>10)
	}
}

// settle asks again what nobody knows, and waits until nothing is held.
func (s *soak) settle(t *testing.T) {
	t.Helper()
	for _, b := range s.businesses {
		wait.Until(t, "everything is answered", func() bool {
			open := b.doubtful
			b.doubtful = nil
			replies := together([]*gateway{s.gateways[0].Load(), s.gateways[1].Load()}, min(len(open), 100),
				func(g *gateway, i int) reply { return g.tell(soakedCall(b, open[i])) })
			for i, r := range replies {
				b.note(open[i], r)
			}
			b.doubtful = append(b.doubtful, open[len(replies):]...)
			return len(b.doubtful) == 0
		})
		wait.Until(t, "nothing is held", func() bool { return s.site.wallet(t, b.id).Held == 0 })
	}
}

// mustAgree holds what callers saw against the books.
func (s *soak) mustAgree(t *testing.T, db *storage.DB) {
	t.Helper()
	for _, b := range s.businesses {
		mustHavePaidOnce(t, db, s.gateways[0].Load(), b.tenant, b.seen)
		s.events["lookups charged once"] += len(references(t, db, b.id, models.Capture))
	}
	s.site.mustVerify(t)
}

// report prints the figures.
func (s *soak) report(t *testing.T) {
	t.Helper()
	arrived, attempts, twice := s.ends.figures()
	fmt.Printf("\n| figure | |\n|---|---|\n")
	line := func(name string, value any) { fmt.Printf("| %s | %v |\n", name, value) }
	line("time", time.Since(s.begun).Round(time.Second))
	for _, name := range []string{"gateways killed", "database crashed", "database silent", "lookups charged once"} {
		line(name, s.events[name])
	}
	line("requests by status (0: the gateway was away)", s.statuses)
	line("longest wait of a caller", s.longest.Round(time.Millisecond))
	line("endpoints", s.endpoints*len(s.businesses))
	line("lookups for later that were answered at once to a caller that came again", s.atOnce())
	line("webhooks that arrived", arrived)
	line("attempts, of which failed on purpose", fmt.Sprintf("%d, %d", attempts, attempts-arrived-twice))
	line("webhooks that failed three times and wait for their next try", s.postponed)
	line("webhooks that came again", twice)
	line("webhooks lost, charges lost or doubled", 0)
	line("most memory of a gateway", fmt.Sprintf("%d MiB", s.most))
}
