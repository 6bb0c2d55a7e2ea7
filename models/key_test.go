package models_test

import (
	"testing"
	"time"

	"whoseline/models"
)

func TestAKeyOpensTheDoorUntilItIsRevokedOrRunsOut(t *testing.T) {
	t.Parallel()
	now := time.Date(2021, 12, 15, 0, 20, 53, 0, time.UTC)
	for name, one := range map[string]struct {
		key  models.Key
		want bool
	}{
		"fresh":                   {models.Key{}, true},
		"not yet run out":         {models.Key{ExpiresAt: now.Add(time.Nanosecond)}, true},
		"run out at this moment":  {models.Key{ExpiresAt: now}, false},
		"revoked":                 {models.Key{RevokedAt: now.Add(-time.Hour)}, false},
		"revoked, not run out":    {models.Key{RevokedAt: now, ExpiresAt: now.Add(time.Hour)}, false},
		"revoked by a fast clock": {models.Key{RevokedAt: now.Add(time.Hour)}, false},
	} {
		if got := one.key.Usable(now); got != one.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestALookupIsSettledOnceItHasEnded(t *testing.T) {
	t.Parallel()
	for status, want := range map[models.Status]bool{
		models.StatusOpen: false, models.StatusPending: false, models.StatusFound: true, models.StatusNotFound: true, models.StatusFailed: true, "": false,
	} {
		if status.Settled() != want {
			t.Errorf("%q: %t", status, !want)
		}
	}
}
