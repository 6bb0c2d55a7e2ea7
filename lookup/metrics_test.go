package lookup

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"whoseline/models"
)

func TestALookupWhoseHoldWasReleasedEarnsNothingInTheMetrics(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		d.live.say = func(q Question) Finding {
			d.clock.pass(2 * d.leaseTime)
			if n, err := d.till.Sweep(t.Context(), d.Abandon); n != 1 || err != nil {
				t.Errorf("swept %d, %v", n, err)
			}
			return found(ngozi)(q)
		}
		_, err := d.Find(t.Context(), d.query())
		refused(t, err, models.SourcesUnavailable)
		d.has(100, 0)
		if earned := testutil.ToFloat64(d.metrics.charged); earned != 0 {
			t.Errorf("the metrics say %v", earned)
		}
		if n := testutil.ToFloat64(d.metrics.lookups.WithLabelValues("found", "live")); n != 0 {
			t.Errorf("the metrics say that %v were found", n)
		}
		d.clean()
	})
}
