package smpp

import (
	"context"
	"errors"
	"testing"
	"time"
)

// fill enters until the window is full and tells how many there were.
func (w *window) fill() (n int) {
	for {
		select {
		case <-w.places:
			n++
		default:
			return n
		}
	}
}

func TestTheWindowHalvesOnComplaintsAndGrowsBack(t *testing.T) {
	t.Parallel()
	w := newWindow(8)
	taken := w.fill()
	if taken != 8 {
		t.Fatalf("%d places", taken)
	}
	w.leave(false, true) // 4
	w.leave(false, true) // 2
	if got := w.size(); got != 2 {
		t.Fatalf("size %d", got)
	}
	for range 4 {
		w.leave(false, false)
	}
	if got := w.fill(); got != 0 { // two are still under way
		t.Fatalf("%d places beside the two that are taken", got)
	}
	w.leave(true, false)
	w.leave(true, false) // as many as it holds: 3
	if got := w.fill(); got != 3 {
		t.Fatalf("%d places after growth", got)
	}
	for range 3 {
		w.leave(false, true)
	}
	if got := w.size(); got != 1 {
		t.Fatalf("size %d: one must always be left", got)
	}
	for range 200 {
		if err := w.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.leave(true, false)
	}
	if got := w.fill(); got != 8 {
		t.Fatalf("%d places in the end", got)
	}
}

func TestWhoeverWaitsForAPlaceWaitsNoLongerThanTheyLike(t *testing.T) {
	t.Parallel()
	w := newWindow(1)
	w.fill()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.enter(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestPausesGrowAndAreLongForStrangers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failures int
		refused  bool
		chance   float64
		want     time.Duration
	}{
		{0, false, 0, 500 * time.Millisecond},
		{0, false, 1, time.Second},
		{3, false, 0.5, 6 * time.Second},
		{6, false, 1, time.Minute},
		{1 << 40, false, 1, time.Minute},
		{0, true, 0, 150 * time.Second},
		{5, true, 1, 5 * time.Minute},
	} {
		if got := pause(c.failures, c.refused, c.chance); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
