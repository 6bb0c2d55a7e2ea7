package simulation

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"whoseline/app"
	"whoseline/models"
)

// gateway is one process, from its start to its end. What it does after its death reaches nobody.
type gateway struct {
	*app.App
	world *world
	via   int
	life  int // how many processes have run so far
	ids   atomic.Uint32
	dead  chan struct{}
	died  sync.Once
	calls sync.WaitGroup // requests under way
}

// raise starts the next process of a place. One that cannot start is started again, as an orchestrator would.
func (w *world) raise(via int) {
	for range 40 {
		w.lives++
		g := &gateway{world: w, via: via, life: w.lives, dead: make(chan struct{})}
		a, err := app.New(context.Background(), app.Options{
			Config: w.config, World: models.World{Now: g.now, NewID: g.newID}, NewCode: w.newCode, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
			Far: far{g}, Between: g.between(), Catalog: catalog(), Lived: w.report.lived,
		})
		if err == nil {
			g.App = a
			a.Start()
		}
		if err == nil && w.enters(g) {
			return
		}
		g.crash()
		if err == nil {
			w.closing.Go(func() { _ = a.Close() })
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.violated("liveness", "gateway %d does not start any more", via)
}

// enters puts a process in its place. One that died on the way there does not get it.
func (w *world) enters(g *gateway) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.isDead() {
		return false
	}
	w.gateways[g.via] = g
	return true
}

// crash ends a process at once: its transactions are rolled back, its callers hear nothing, its work is lost.
func (g *gateway) crash() {
	g.died.Do(func() {
		close(g.dead)
		g.world.fell(g)
	})
}

// fell has the place of a dead process taken by the next one after a while.
func (w *world) fell(g *gateway) {
	w.mu.Lock()
	served := w.gateways[g.via] == g
	w.harmed = true
	if served {
		w.gateways[g.via] = nil
	}
	w.mu.Unlock()
	w.report.count("crashes")
	if !served {
		return // it had not started yet
	}
	w.closing.Go(func() {
		g.calls.Wait()
		_ = g.Close()
	})
	w.closing.Go(func() {
		time.Sleep(300 * time.Millisecond)
		w.raise(g.via)
	})
}

// stop ends a process politely, and starts the next one.
func (w *world) restart(via int) {
	g := w.at(via)
	if g == nil {
		return
	}
	w.mu.Lock()
	w.gateways[via] = nil
	w.mu.Unlock()
	g.calls.Wait()
	if err := g.Close(); err != nil && !g.isDead() {
		w.violated("restart", "a gateway does not close: %v", err)
	}
	w.raise(via)
}

func (g *gateway) isDead() bool {
	select {
	case <-g.dead:
		return true
	default:
		return false
	}
}

// at gives the gateway of a place; nil: it is down.
func (w *world) at(via int) *gateway {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gateways[via]
}

// connect is at for a request, which the gateway finishes before it stops.
func (w *world) connect(via int) *gateway {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.gateways[via]
	if g != nil {
		g.calls.Add(1)
	}
	return g
}

// now is the gateway's clock: the bubble's, with the jumps that all clocks made and what is wrong with this one.
func (g *gateway) now() time.Time {
	at := time.Now().UTC().Add(time.Duration(g.world.jumped.Load()))
	if g.via == 1 {
		at = at.Add(g.world.plan.terms.skew)
	}
	return at
}

// newID makes ids as models.WorldBy does, without chance.
func (g *gateway) newID() string {
	at, n := g.now(), g.ids.Add(1)
	s, ms := uint32(at.Unix()), uint16(at.Nanosecond()/int(time.Millisecond))
	id := [12]byte{byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s), byte(ms >> 8), byte(ms), byte(g.via), byte(g.life >> 8), byte(g.life), byte(n >> 16), byte(n >> 8), byte(n)}
	return hex.EncodeToString(id[:])
}

// await is where a gateway waits for the world. The plan says what happens there. A fault that the caller must see through is
// given back.
func (g *gateway) await(ctx context.Context, at class) (*fault, error) {
	if g.isDead() {
		return nil, errDead
	}
	w := g.world
	armed := w.armed.Load()
	if !armed && at != onReceive {
		return nil, nil
	}
	f, pause := w.next(at, g.via)
	if f != nil && !armed && !slices.Contains([]harm{broken, busy, unreachable, cut}, f.what) {
		f = nil // a receiver's trouble may come late, if it is short
	}
	if f != nil {
		w.note(func() { w.harmed = w.harmed || at == onRead || at == onWrite || at == onCommit })
		w.report.count("fault: " + string(at) + " " + string(f.what))
		w.tell("fault: %s", f)
	}
	if f != nil && f.what == before {
		g.crash()
		return nil, errDead
	}
	if f != nil && f.what == stalled {
		pause += f.long
	}
	if f != nil {
		w.note(func() { w.stalled = time.Now().Add(max(f.long, 2*time.Second)) })
	}
	return f, g.pause(ctx, pause)
}

// pause waits, unless the process dies or the asker gives up.
func (g *gateway) pause(ctx context.Context, span time.Duration) error {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-g.dead:
		return errDead
	}
}

// next counts an await and gives what the plan has for it. How long it takes follows from the seed and the count, so that the
// order of things does too.
func (w *world) next(at class, via int) (*fault, time.Duration) {
	far := at == onVendor || at == onChannel || at == onReceive
	if far {
		via = 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	name := fmt.Sprintf("%s/%d", at, via)
	w.counts[name]++
	n := w.counts[name]
	w.report.awaits++
	h := mix(w.plan.seed, uint64(n)<<8|uint64(via)<<4|uint64(len(at)))
	pause := time.Duration(50_000 + h%2_000_000)
	if far {
		pause = time.Duration(10_000_000 + h%60_000_000)
	}
	for i := range w.plan.faults {
		f := &w.plan.faults[i]
		if f.at == at && f.nth == n && (far || f.via == via) {
			return f, pause
		}
	}
	return nil, pause
}

// mix spreads two numbers over all.
func mix(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b*0xbf58476d1ce4e5b9
	x ^= x >> 31
	x *= 0x94d049bb133111eb
	return x ^ x>>29
}
