package providers

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"whoseline/models"
)

// windowSize is how many outcomes are remembered. enough is how many of them are needed before they count: fewer are
// chance, and a new source keeps the place that the operator gave it.
const (
	windowSize = 200
	enough     = 20
)

// window counts the last outcomes of one source. It is read much more often than written, so the sums are one atomic
// word.
type window struct {
	mu   sync.Mutex
	ring [windowSize]mark
	n    int           // outcomes seen so far
	sums atomic.Uint64 // of the marks in the ring, sixteen bits each: see add
}

// mark is what one outcome says about a source.
type mark uint8

const (
	unmarked mark = iota // nothing
	marked               // it works
	markedFault
	markedFound
	markedMiss
)

// unit is what a mark adds to the sums: to judged, good, found and missed.
var unit = [...]uint64{
	marked:      1 | 1<<16,
	markedFault: 1,
	markedFound: 1 | 1<<16 | 1<<32,
	markedMiss:  1 | 1<<16 | 1<<48,
}

func markOf(outcome models.Outcome) mark {
	switch r := rules[outcome]; {
	case outcome == models.OutcomeFound:
		return markedFound
	case outcome == models.OutcomeNotFound:
		return markedMiss
	case r.Final:
		return marked
	case r.Fault:
		return markedFault
	default:
		return unmarked
	}
}

func (w *window) add(m mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := &w.ring[w.n%windowSize]
	w.sums.Add(unit[m] - unit[*at])
	*at = m
	w.n++
}

// counts are the sums of a window.
type counts struct{ judged, good, found, missed int }

func (w *window) counts() counts {
	sums := w.sums.Load()
	part := func(shift int) int { return int(sums >> shift & 0xffff) }
	return counts{part(0), part(16), part(32), part(48)}
}

// history is what is remembered of one source: for all numbers together, and for each prefix, since a source may be
// good for one network and bad for another.
type history struct {
	all      window
	byPrefix [prefixes]atomic.Pointer[window]
	pace     pace
}

// prefixes are the three digits after Nigeria's code, and one for the rest of the world.
const prefixes = 1000 + 1

func prefixOf(p models.Phone) int {
	digits := p.Digits()
	if len(digits) < 6 || digits[:3] != "234" {
		return prefixes - 1
	}
	n := 0
	for _, c := range []byte(digits[3:6]) {
		n = n*10 + int(c-'0')
	}
	return n
}

func (h *history) note(prefix int, outcome models.Outcome, took time.Duration) {
	m := markOf(outcome)
	if m == unmarked {
		return
	}
	h.all.add(m)
	w := h.byPrefix[prefix].Load()
	if w == nil {
		h.byPrefix[prefix].CompareAndSwap(nil, &window{})
		w = h.byPrefix[prefix].Load()
	}
	w.add(m)
	if m != markedFault {
		h.pace.add(took)
	}
}

// counts are those of the prefix if there are enough, else those of all numbers.
func (h *history) counts(prefix int) counts {
	if w := h.byPrefix[prefix].Load(); w != nil {
		if c := w.counts(); c.judged >= enough {
			return c
		}
	}
	return h.all.counts()
}

// pace is how long the last answers took.
type pace struct {
	mu     sync.Mutex
	ring   [windowSize]int32 // milliseconds
	n      int
	smooth atomic.Int64 // nanoseconds, the newest counting an eighth
}

func (p *pace) add(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ring[p.n%windowSize] = int32(min(took.Milliseconds(), 1<<31-1))
	smooth := int64(took)
	if p.n > 0 {
		smooth = p.smooth.Load() + (smooth-p.smooth.Load())/8
	}
	p.smooth.Store(smooth)
	p.n++
}

// p95 is the time within which 95 of 100 answers came, or false while too few are known.
func (p *pace) p95() (time.Duration, bool) {
	p.mu.Lock()
	ring, n := p.ring, min(p.n, windowSize)
	p.mu.Unlock()
	if n < enough {
		return 0, false
	}
	slices.Sort(ring[:n])
	return time.Duration(ring[(n*95+99)/100-1]) * time.Millisecond, true
}
