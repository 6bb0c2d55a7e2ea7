package access

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"whoseline/models"
)

// hands is a clock that stands still until it is moved.
type hands struct{ at time.Time }

func (h *hands) limiter() *Limiter {
	h.at = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	return NewLimiter(models.World{Now: func() time.Time { return h.at }})
}

func TestABurstIsOneSecondsWorth(t *testing.T) {
	t.Parallel()
	var clock hands
	l := clock.limiter()
	for i := range 4 {
		want := Decision{Allowed: true, Limit: 4, Remaining: 3 - i, Reset: time.Duration(i+1) * 250 * time.Millisecond}
		if got := l.Allow("k", 4); got != want {
			t.Errorf("request %d: %+v", i, got)
		}
	}
	want := Decision{Limit: 4, Reset: time.Second, RetryAfter: 250 * time.Millisecond}
	for range 2 { // a refused request costs nothing
		if got := l.Allow("k", 4); got != want {
			t.Errorf("one too many: %+v", got)
		}
	}
	if got := l.Allow("other", 4); !got.Allowed {
		t.Errorf("another key: %+v", got)
	}
	clock.at = clock.at.Add(250*time.Millisecond - 1)
	if got := l.Allow("k", 4); got.Allowed || got.RetryAfter != 1 {
		t.Errorf("a moment early: %+v", got)
	}
	clock.at = clock.at.Add(1)
	if got := l.Allow("k", 4); !got.Allowed || got.Remaining != 0 {
		t.Errorf("in time: %+v", got)
	}
	clock.at = clock.at.Add(time.Hour)
	if got := l.Allow("k", 4); got.Remaining != 3 {
		t.Errorf("after a pause: %+v", got)
	}
}

func TestZeroIsNoLimit(t *testing.T) {
	t.Parallel()
	var clock hands
	l := clock.limiter()
	for range 1000 {
		if got := l.Allow("k", 0); got != (Decision{Allowed: true}) {
			t.Fatalf("%+v", got)
		}
	}
}

func TestAClockThatIsSetBackLocksNobodyOut(t *testing.T) {
	t.Parallel()
	var clock hands
	l := clock.limiter()
	for l.Allow("k", 2).Allowed {
		continue
	}
	clock.at = clock.at.Add(-time.Hour)
	if got := l.Allow("k", 2); !got.Allowed {
		t.Errorf("%+v", got)
	}
}

func TestNoSecondLetsMoreThanTwoBurstsThrough(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var clock hands
		l := clock.limiter()
		rate := rapid.IntRange(1, 50).Draw(t, "rate")
		begin, allowed := clock.at, 0
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			clock.at = clock.at.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "ms")) * time.Millisecond)
			d := l.Allow("k", rate)
			if d.Allowed {
				allowed++
			}
			if d.Remaining < 0 || d.Remaining >= rate || d.Reset > time.Second || d.Allowed == (d.RetryAfter > 0) {
				t.Fatalf("%+v", d)
			}
		}
		if most := rate + 1 + int(clock.at.Sub(begin).Seconds()*float64(rate)); allowed > most {
			t.Fatalf("%d of at most %d", allowed, most)
		}
	})
}

func TestBucketsAreBounded(t *testing.T) {
	t.Parallel()
	var clock hands
	l := clock.limiter()
	count := func() (n int) {
		for i := range l.shards {
			n += len(l.shards[i].full)
		}
		return n
	}
	for i := range 3 * maxBuckets * shards {
		l.Allow(strconv.Itoa(i), 1)
	}
	if n := count(); n > maxBuckets*shards {
		t.Errorf("%d buckets", n)
	}
	clock.at = clock.at.Add(time.Minute)
	for i := range 2 * maxBuckets {
		l.Allow("later "+strconv.Itoa(i), 1)
	}
	if n := count(); n > 4*maxBuckets {
		t.Errorf("idle buckets stay: %d", n)
	}
}

func TestAtOnceNobodyGetsMore(t *testing.T) {
	t.Parallel()
	var clock hands
	l := clock.limiter()
	var allowed atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if l.Allow("k", 100).Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if allowed.Load() != 100 {
		t.Errorf("%d", allowed.Load())
	}
}

func TestWhatIsReturnedCanBeSpentAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	l := NewLimiter(models.World{Now: func() time.Time { return now }})
	for range 10 {
		if d := l.Allow("k", 2); !d.Allowed {
			t.Fatalf("%+v", d)
		}
		l.Return("k", 2)
	}
	l.Allow("k", 2)
	l.Allow("k", 2)
	if d := l.Allow("k", 2); d.Allowed {
		t.Errorf("%+v", d)
	}
	l.Return("k", 0)
	l.Return("nobody", 2)
	if d := l.Allow("k", 2); d.Allowed {
		t.Errorf("%+v", d)
	}
}
