package lookup

import (
	"testing"
	"time"

	"whoseline/models"
)

func TestAnswersOfLiveKeysAreCountedByProduct(t *testing.T) {
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		ask := func(say func(Question) Finding, with ...func(*Query)) {
			d.live.say, d.test.say = say, say
			_, _ = d.Find(t.Context(), d.query(append(with, func(q *Query) { q.At = d.clock.now() })...))
		}
		ask(found(ngozi))
		d.clock.pass(time.Hour)
		ask(found(ngozi))
		ask(tried(models.OutcomeNotFound, "good"), func(q *Query) { q.Advanced = true })
		ask(tried(models.OutcomeTimeout, "slow"))
		ask(found(ngozi), func(q *Query) { q.Sandbox = true })
		d.clock.pass(time.Hour)
		if err := d.CountNew(t.Context()); err != nil {
			t.Fatal(err)
		}
		for since, want := range map[time.Time][2]int64{noon: {2, 1}, noon.Add(time.Hour): {1, 1}, noon.Add(2 * time.Hour): {}} {
			if got, err := d.Answers(t.Context(), "shop", since); err != nil || got != want {
				t.Errorf("since %s: %v, want %v (%v)", since, got, want, err)
			}
		}
	})
}
