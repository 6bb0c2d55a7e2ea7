package settings

import (
	"testing"
	"time"

	"whoseline/models"
)

func TestAnAnswerMayBeGivenAgainForALimitedTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ttl             int
		found, notFound time.Duration
	}{
		{0, 0, 0}, {60, time.Minute, time.Minute}, {3600, time.Hour, 10 * time.Minute}, {1e6, 24 * time.Hour, 10 * time.Minute},
	} {
		p := CachePolicy{TTL: c.ttl}
		if p.Life(models.OutcomeFound) != c.found || p.Life(models.OutcomeNotFound) != c.notFound || p.Life(models.OutcomeTimeout) != 0 {
			t.Errorf("%d s: %v, %v", c.ttl, p.Life(models.OutcomeFound), p.Life(models.OutcomeNotFound))
		}
	}
	for purpose, covered := range map[string]bool{"loans": true, "": true, "Loans": false, "else": false} {
		if (CachePolicy{TTL: 1, Purposes: []string{"loans", ""}}).Covers(purpose) != covered {
			t.Errorf("%q: not %v", purpose, covered)
		}
		if !(CachePolicy{TTL: 1}).Covers(purpose) || (CachePolicy{}).Covers(purpose) {
			t.Errorf("%q: a policy without purposes covers all, no policy none", purpose)
		}
	}
}
