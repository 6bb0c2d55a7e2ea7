package gate

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAVendorThatSaysWeAreTooFastIsAskedMoreSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(32)
		for _, want := range []float64{16, 8, 4, 2, 2} {
			th.Learn(Slows, time.Now())
			if got := float64(th.limiter.Limit()); got != want {
				t.Errorf("%v a second, want %v", got, want)
			}
		}
		for i := range 40 {
			th.Learn(Clears, time.Now())
			if got := float64(th.limiter.Limit()); got != min(32, float64(2+i+1)) {
				t.Errorf("after %d answers: %v", i+1, got)
			}
		}
	})
}
