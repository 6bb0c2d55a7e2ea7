package billing_test

import (
	"testing"

	"whoseline/billing"
	"whoseline/models"
)

func TestAPriceThatIsSameFollowsAnother(t *testing.T) {
	t.Parallel()
	const s = billing.Same
	for defaults, want := range map[billing.PriceDefaults][4]int64{ // found, not found, advanced, advanced not found
		{Found: 50, NotFound: s, Advanced: s, AdvancedNotFound: s}:   {50, 50, 50, 50},
		{Found: 50, NotFound: 0, Advanced: s, AdvancedNotFound: s}:   {50, 0, 50, 0},
		{Found: 50, NotFound: s, Advanced: 90, AdvancedNotFound: s}:  {50, 50, 90, 90},
		{Found: 50, NotFound: 10, Advanced: 90, AdvancedNotFound: s}: {50, 10, 90, 10},
		{Found: 50, NotFound: s, Advanced: s, AdvancedNotFound: 70}:  {50, 50, 50, 70},
		{}: {0, 0, 0, 0},
	} {
		p := defaults.Prices()
		got := [4]int64{
			p.For(false, models.OutcomeFound), p.For(false, models.OutcomeNotFound),
			p.For(true, models.OutcomeFound), p.For(true, models.OutcomeNotFound),
		}
		if got != want {
			t.Errorf("%+v: %v, want %v", defaults, got, want)
		}
		if p.Max(false) != max(want[0], want[1]) || p.Max(true) != max(want[2], want[3]) {
			t.Errorf("%+v: max %d and %d", defaults, p.Max(false), p.Max(true))
		}
		for _, outcome := range []models.Outcome{models.OutcomePending, models.OutcomeTimeout, models.OutcomeInvalid, ""} {
			if p.For(false, outcome) != 0 || p.For(true, outcome) != 0 {
				t.Errorf("%q costs something", outcome)
			}
		}
	}
}
