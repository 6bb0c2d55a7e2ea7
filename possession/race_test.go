package possession

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"whoseline/models"
	"whoseline/settings"
)

// tally counts answers by code; "" is success.
type tally struct {
	mu     sync.Mutex
	counts map[models.Code]int
}

func (c *tally) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[models.Code]int{}
	}
	c.counts[models.CodeOf(err)]++
}

func TestOfAHundredRightCodesAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		code := houses[0].sent("ada", lagos)
		var got tally
		together(100, func(i int) { got.add(houses[i%2].try("ada", code)) })
		if got.counts[""] != 1 || got.counts[""]+got.counts[models.CodeUsed]+got.counts[models.CodeBurnt] != 100 {
			t.Errorf("%v", got.counts)
		}
		refused(t, houses[1].try("ada", code), models.CodeUsed)
		if events := houses[0].events("ada"); len(events) != 3 || len(houses[0].get("ada").Possessed()) != 1 {
			t.Errorf("events: %v", events)
		}
	})
}

func TestGuessingStopsAtFiveTries(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		code := houses[0].sent("ada", lagos)
		var got tally
		together(50, func(i int) { got.add(houses[i%2].try("ada", other(code))) })
		if got.counts[models.CodeWrong] != 5 || got.counts[models.CodeBurnt] != 45 {
			t.Errorf("%v", got.counts)
		}
		refused(t, houses[0].try("ada", code), models.CodeBurnt)
		if n := houses[0].count("possession_codes", "sealed IS NOT NULL"); n != 0 {
			t.Error("a burnt code can still be read")
		}
	})
}

func TestOfTenNumbersAddedAtOnceFiveStay(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		houses[0].open("ada")
		var got tally
		together(10, func(i int) { got.add(houses[i%2].add("ada", phone(fmt.Sprintf("+23480123456%02d", i)))) })
		if got.counts[""] != 5 || got.counts[models.NumberLimit] != 5 {
			t.Errorf("%v", got.counts)
		}
		if h := houses[1].get("ada"); len(h.Numbers) != 5 || h.Details.Sequence != 5 {
			t.Errorf("%d numbers, %d events", len(h.Numbers), h.Details.Sequence)
		}
	})
}

func TestOneNumberAddedByManyAtOnceIsThereOnce(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		var got tally
		together(20, func(i int) {
			_, err := houses[i%2].Open(context.Background(), Opening{Who: who("ada")})
			got.add(err)
			got.add(houses[i%2].add("ada", lagos))
		})
		if got.counts[""] != 40 || len(houses[0].get("ada").Numbers) != 1 {
			t.Errorf("%v", got.counts)
		}
	})
}

func TestOfManySubjectsOneGetsTheNumber(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		const n = 3 // messages to one number within ten minutes
		codes := make([]string, n)
		for i := range n {
			codes[i] = houses[0].sent(fmt.Sprint("subject-", i), lagos)
		}
		var got tally
		together(n, func(i int) { got.add(houses[i%2].try(fmt.Sprint("subject-", i), codes[i])) })
		if got.counts[""] != 1 || got.counts[models.NumberTaken] != n-1 {
			t.Errorf("%v", got.counts)
		}
		if n := houses[0].count("possession_numbers", "verified_at IS NOT NULL"); n != 1 {
			t.Errorf("%d subjects hold the number", n)
		}
	})
}

func TestOfManyMessagesToANumberAtOnceThreeGoOut(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		for _, h := range houses { // nothing else that happens to be locked may help
			h.limits = settings.Limits{PerNumber: usualLimits().PerNumber}
		}
		for i := range 4 {
			houses[0].open(fmt.Sprint("subject-", i))
			must(t, houses[0].add(fmt.Sprint("subject-", i), lagos))
		}
		var got tally
		together(24, func(i int) { got.add(houses[i%2].send(fmt.Sprint("subject-", i%4))) })
		if got.counts[""] != 3 || got.counts[models.TooManySends] != 21 || houses[0].net.count() != 3 {
			t.Errorf("%v, %d messages", got.counts, houses[0].net.count())
		}
		if n := houses[0].count("possession_sends", "verdict = ?", models.SendRefused); n != 21 {
			t.Errorf("%d refusals are recorded", n)
		}
	})
}

func TestWhileCodesAreCheckedAndResentNothingIsLost(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		code := houses[0].sent("ada", lagos)
		var got tally
		together(12, func(i int) {
			switch h := houses[i%2]; i % 3 {
			case 0:
				got.add(h.try("ada", code))
			case 1:
				_ = h.send("ada")
			default:
				_ = h.add("ada", phone(fmt.Sprint("+23480999999", i)))
			}
		})
		h := houses[0].get("ada")
		if len(h.Possessed()) > 1 || h.Details.Sequence != int64(len(houses[0].events("ada"))) {
			t.Errorf("%+v", h)
		}
		if got.counts[models.Internal] > 0 {
			t.Errorf("%v", got.counts)
		}
	})
}

func TestATryCountsAlthoughTheCallerHasLeft(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		code := h.sent("ada", lagos)
		gone, leave := context.WithCancel(t.Context())
		leave()
		for range 5 {
			_, err := h.Check(gone, CheckCode{Who: who("ada"), Policy: applicant, Code: other(code)})
			refused(t, err, models.CodeWrong)
		}
		refused(t, h.try("ada", code), models.CodeBurnt)
	})
}
