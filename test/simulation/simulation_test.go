package simulation

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seeds    = flag.Int("seeds", fewSeeds, "how many histories are played")
	firstOne = flag.Uint64("seed", 1, "the seed of the first one")
	shrinks  = flag.Bool("shrink", true, "look for the shortest history that breaks the promise")
	verbose  = flag.Bool("history", false, "print what happened, also when nothing was wrong")
)

// TestEveryPromiseIsKeptWhateverHappens plays histories. One that breaks a promise is shrunk and printed.
func TestEveryPromiseIsKeptWhateverHappens(t *testing.T) {
	debug.SetGCPercent(400)
	from, all := newTemplate(t), newReport()
	var next atomic.Uint64
	next.Store(*firstOne)
	began := time.Now()
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("worker", func(t *testing.T) {
				t.Parallel()
				for !t.Failed() {
					seed := next.Add(1) - 1
					if seed >= *firstOne+uint64(*seeds) {
						return
					}
					playOne(t, from, planOf(seed), all)
				}
			})
		}
	})
	cells, _ := all.unreached(t)
	t.Logf("%s%sin %s", all, cells, time.Since(began).Round(time.Second))
}

func playOne(t *testing.T, from template, p plan, all *report) {
	t.Helper()
	own := newReport()
	watchdog := time.AfterFunc(time.Minute, func() {
		stack := make([]byte, 4<<20)
		panic(fmt.Sprintf("seed %d does not end:\n%s", p.seed, stack[:runtime.Stack(stack, true)]))
	})
	got := run(t, from, p, own)
	watchdog.Stop()
	all.ran.Add(1)
	all.add(own, got.history)
	if *verbose {
		t.Logf("%s%s", p, strings.Join(got.history, "\n"))
	}
	if len(got.wrong) == 0 {
		return
	}
	small, still := shrink(t, from, p, got)
	t.Errorf("seed %d breaks a promise: %s\n%s\nthe shortest history that does so:\n%s\nwhat happened in it:\n%s\n\nreplay: make simulate SEEDS=1 SEED=%d",
		p.seed, got.wrong[0].promise, got.wrong[0].what, small, strings.Join(still.history, "\n"), p.seed)
}

// shrink leaves out of a history whatever is not needed for it to break the same promise.
func shrink(t *testing.T, from template, p plan, got outcome) (plan, outcome) {
	t.Helper()
	until := time.Now().Add(time.Minute)
	if !*shrinks {
		return p, got
	}
	for part := max(p.size()/2, 1); part >= 1; part /= 2 {
		for at := 0; at < p.size() && time.Now().Before(until); {
			smaller := p.without(at, min(at+part, p.size()))
			if again := run(t, from, smaller, newReport()); breaks(again, got.wrong[0].promise) {
				p, got = smaller, again
				continue
			}
			at += part
		}
	}
	return p, got
}

func breaks(o outcome, promise string) bool {
	for _, v := range o.wrong {
		if v.promise == promise {
			return true
		}
	}
	return false
}
