package simulation

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"whoseline/access"
	"whoseline/app"
	"whoseline/config"
	"whoseline/providers/vendor"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
	"whoseline/webhooks"
)

// world is one history while it happens.
type world struct {
	plan    plan
	config  config.Config
	path    string
	report  *report
	log     journal
	writing chan struct{} // the store's one writer
	armed   atomic.Bool   // the plan's faults happen, and awaits take time
	jumped  atomic.Int64  // by which all clocks are ahead of the bubble's
	coded   atomic.Uint32
	watch   *storage.DB // reads the store beside the gateways
	closing sync.WaitGroup

	mu       sync.Mutex
	gateways [2]*gateway
	lives    int
	counts   map[string]int
	stalled  time.Time // until then something may take very long
	harmed   bool      // something went wrong in the store, or a gateway died

	// What was seen.
	answers   []seen
	made      map[int]string // step → lookup
	questions []*question
	debts     map[string]debt
	refs      int
	messages  []message
	sends     int
	told      []told
	typed     []typing
	erasing   map[int]map[int][]heard // business → number
	withdrawn []withdrawal
	repriced  map[int]bool
	topping   []*topping
	revoked   []revocation
	revokedAt [len(roster)]time.Time
	tokens    [len(roster)]string
	secrets   [len(roster)]string
	wrong     []violation
	history   []string
	began     time.Time
}

// violation is a promise that was not kept.
type violation struct{ promise, what string }

func (w *world) violated(promise, text string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, violation{promise, fmt.Sprintf(text, args...)})
	w.history = append(w.history, fmt.Sprintf("%7.3fs  VIOLATED %s: %s", time.Since(w.began).Seconds(), promise, fmt.Sprintf(text, args...)))
}

// tell adds a line to what happened.
func (w *world) tell(text string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history = append(w.history, fmt.Sprintf("%7.3fs  ", time.Since(w.began).Seconds())+fmt.Sprintf(text, args...))
}

func (w *world) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// journal keeps what the gateways log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

// newCode makes codes that differ.
func (w *world) newCode() string { return fmt.Sprintf("%06d", 100_000+w.coded.Add(1)*37) }

// template is a store with the roster in it, which every history begins with a copy of.
type template struct {
	config  config.Config
	file    []byte
	tokens  [len(roster)]string
	secrets [len(roster)]string
}

var catalog = sync.OnceValue(func() *vendor.Catalog {
	made, err := app.Definitions("")
	if err != nil {
		panic(err)
	}
	return made
})

// newTemplate makes the store, at the time at which bubbles begin.
func newTemplate(t *testing.T) (made template) {
	t.Helper()
	path := strings.TrimPrefix(storagetest.MigratedURL(t, storage.SQLite), "sqlite:")
	synctest.Test(t, func(t *testing.T) {
		w := &world{path: path, report: newReport(), writing: make(chan struct{}, 1), counts: map[string]int{}, plan: planOf(0)}
		made.config = configOf(t, path)
		w.config = made.config
		w.raise(0)
		g := w.at(0)
		for i, b := range roster {
			must(t, g.furnish(t.Context(), i, b, &made))
		}
		must(t, g.Close())
		w.closing.Wait()
	})
	file, err := os.ReadFile(path)
	must(t, err)
	made.file = file
	return made
}

// furnish makes a business.
func (g *gateway) furnish(ctx context.Context, i int, b business, made *template) error {
	own := settings.Choices{}
	switch i {
	case bound:
		own.Possession = &settings.Codes{Policy: settings.OTPRequired}
	case checked:
		own.CrossCheck = true
	case cached:
		own.Cache = settings.CachePolicy{TTL: 3600, Purposes: []string{"loan"}}
	}
	if _, err := g.Businesses.Create(ctx, access.NewBusiness{ID: b.id, Name: "Business", Settings: own}); err != nil {
		return err
	}
	var err error
	if _, made.tokens[i], err = g.Keys.Create(ctx, access.NewKey{BusinessID: b.id, Name: "first"}); err != nil {
		return err
	}
	if _, err = g.Till.TopUp(ctx, b.id, "first", b.topUp); err != nil || !b.receives {
		return err
	}
	_, made.secrets[i], err = g.Webhooks.Create(ctx, webhooks.NewEndpoint{BusinessID: b.id, URL: "https://receiver.example/" + b.id})
	return err
}

// configOf is what the operator has written.
func configOf(t testing.TB, path string) config.Config {
	t.Helper()
	made, err := config.Load("", []string{
		"WHOSELINE_DATABASE__URL=sqlite:" + path, "WHOSELINE_DATABASE__MIGRATE=false", "WHOSELINE_DATABASE__MAX_CONNS=2",
		"WHOSELINE_SECURITY__MASTER_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"WHOSELINE_PROVIDERS__LIVE=youverify,sourceid",
		"WHOSELINE_PROVIDERS__VENDOR__YOUVERIFY__SECRET=" + youverifySecret,
		"WHOSELINE_PROVIDERS__VENDOR__YOUVERIFY__WEBHOOK_SECRET=" + hookSecret,
		"WHOSELINE_PROVIDERS__VENDOR__SOURCEID__SECRET=sourceid-secret-1",
		"WHOSELINE_PROVIDERS__ATTEMPT_TIMEOUT=600ms", "WHOSELINE_PROVIDERS__TOTAL_TIMEOUT=1500ms",
		"WHOSELINE_ROUTING__EXPLORE=0",
		"WHOSELINE_CHANNELS__LIVE=termii", "WHOSELINE_CHANNELS__ACCOUNT__TERMII__BASE=https://channel.example",
		"WHOSELINE_CHANNELS__ACCOUNT__TERMII__SECRET=termii-secret-1", "WHOSELINE_CHANNELS__ACCOUNT__TERMII__SENDER=Sim",
		"WHOSELINE_CHANNELS__ATTEMPT_TIMEOUT=600ms", "WHOSELINE_CHANNELS__TOTAL_TIMEOUT=900ms",
		fmt.Sprintf("WHOSELINE_BILLING__PRICE=%d", priceFound), fmt.Sprintf("WHOSELINE_BILLING__PRICE_NOT_FOUND=%d", priceNotFound),
		fmt.Sprintf("WHOSELINE_BILLING__PRICE_MESSAGE=%d", priceMessage),
		"WHOSELINE_BILLING__SWEEP_EVERY=500ms",
		"WHOSELINE_POSSESSION__PER_NUMBER=100", "WHOSELINE_IDEMPOTENCY__KEEP=720h", "WHOSELINE_LIMITS__UPSTREAM=1000", "WHOSELINE_LIMITS__UNKNOWN_KEYS=0", "WHOSELINE_LOG__REQUESTS=errors",
	})
	must(t, err)
	return made
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// outcome is what came of a history.
type outcome struct {
	wrong   []violation
	history []string
}

// run plays a history in a bubble of its own.
func run(t *testing.T, from template, p plan, r *report) (o outcome) {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "whoseline-sim-")
	must(t, err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s.db")
	must(t, os.WriteFile(path, from.file, 0o600))
	defer func() {
		if cause := recover(); cause != nil {
			stack := make([]byte, 64<<10)
			o.wrong = append(o.wrong, violation{"liveness", fmt.Sprintf("%v\n%s", cause, stack[:runtime.Stack(stack, true)])})
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			plan: p, path: path, report: r, writing: make(chan struct{}, 1), counts: map[string]int{}, made: map[int]string{}, debts: map[string]debt{},
			erasing: map[int]map[int][]heard{}, repriced: map[int]bool{}, tokens: from.tokens, secrets: from.secrets, began: time.Now(),
			config: from.config,
		}
		w.config.Database.URL, w.config.Providers.Live, w.config.Billing.HoldLease = "sqlite:"+path, p.terms.order, p.terms.lease
		defer func() { o = outcome{w.wrong, w.history} }()
		w.live(t)
	})
	return o
}

// memory is a folder that is no disk, if there is one.
func memory() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return ""
}

// live plays the plan, lets the world come to rest and holds what was seen against the books.
func (w *world) live(t *testing.T) {
	t.Helper()
	var err error
	if w.watch, err = storage.Open(t.Context(), storage.Options{URL: "sqlite:" + w.path, MaxConns: 2}); err != nil {
		t.Fatal(err)
	}
	w.raise(0)
	w.raise(1)
	w.armed.Store(true)
	var all sync.WaitGroup
	for _, s := range w.plan.steps {
		all.Go(func() {
			time.Sleep(s.at + time.Duration(s.id)*time.Microsecond)
			w.play(s)
		})
	}
	all.Wait()
	w.rest()
	w.judgeAll()
	w.end()
}

// end closes everything: nothing may be left that runs.
func (w *world) end() {
	w.closing.Wait()
	for via := range w.gateways {
		if g := w.at(via); g != nil {
			if err := g.Close(); err != nil {
				w.violated("restart", "a gateway does not close: %v", err)
			}
		}
	}
	if err := w.watch.Close(); err != nil {
		w.violated("simulation", "the observer does not close: %v", err)
	}
}
