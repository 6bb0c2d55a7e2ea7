package providers

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

// The published table: what each outcome of a first source does to the search, to the breakers and to our account. What
// the business is charged is in the table of package lookup.
var published = []struct {
	outcome models.Outcome
	next    bool        // the second source is asked
	opens   bool        // six in a row open the breaker
	mends   bool        // three in a row close a half-open breaker
	counts  string      // as what it appears in the health of the source
	source  gate.Effect // on the breaker of what the source asks, when it says pending because that is away
	account string      // what the next question finds: the source disabled, paused, or neither
}{
	{models.OutcomeFound, false, false, true, "success", gate.Helps, ""},
	{models.OutcomeNotFound, false, false, true, "success", gate.Helps, ""},
	{models.OutcomeInvalid, false, false, false, "success", gate.Ignored, ""},
	{models.OutcomeNotApplicable, true, false, false, "neither", gate.Ignored, ""},
	{models.OutcomePending, true, false, false, "neither", gate.Hurts, ""},
	{models.OutcomeWalletEmpty, true, false, false, "failure", gate.Ignored, "disabled"},
	{models.OutcomeCredentials, true, false, false, "failure", gate.Ignored, "disabled"},
	{models.OutcomeRateLimited, true, false, false, "failure", gate.Ignored, "paused"},
	{models.OutcomeSourceDown, true, true, false, "failure", gate.Hurts, ""},
	{models.OutcomeProviderDown, true, true, false, "failure", gate.Ignored, ""},
	{models.OutcomeTimeout, true, true, false, "failure", gate.Ignored, ""},
	{models.OutcomeBadPayload, true, true, false, "failure", gate.Ignored, ""},
}

func TestEveryOutcomeHasARule(t *testing.T) {
	t.Parallel()
	alone := []models.Outcome{
		models.OutcomeCanceled, models.OutcomeBreakerOpen, models.OutcomeBulkheadFull, models.OutcomePaused, models.OutcomeDisabled,
		models.OutcomeTooDear,
	}
	if got, want := len(rules), len(published)+len(alone); got != want {
		t.Errorf("%d rules, %d of them tested", got, want)
	}
	for _, outcome := range alone {
		if _, ok := rules[outcome]; !ok {
			t.Errorf("%s has no rule", outcome)
		}
	}
}

func TestEachOutcomeDecidesFailover(t *testing.T) {
	t.Parallel()
	for _, row := range published {
		t.Run(string(row.outcome), func(t *testing.T) {
			t.Parallel()
			r := newRouter(RouterOptions{Candidates: []Candidate{
				{Name: "first", Source: says(row.outcome)}, {Name: "second", Source: says(models.OutcomeFound)},
			}})
			got := r.Owners(t.Context(), question(t, "08031234567"))
			want, outcome, from := []string{"first " + string(row.outcome)}, row.outcome, "first"
			if row.next {
				want, outcome, from = append(want, "second found"), models.OutcomeFound, "second"
			}
			if diff := cmp.Diff(want, trail(got)); diff != "" {
				t.Error(diff)
			}
			if got.Outcome != outcome || got.Source != from {
				t.Errorf("outcome %s of %s", got.Outcome, got.Source)
			}
		})
	}
}

func TestEachOutcomeMovesTheBreakerAsPublished(t *testing.T) {
	t.Parallel()
	for _, row := range published {
		t.Run(string(row.outcome), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				state := stateAfter(t, 6, row.outcome)
				if opened := state == "open"; opened != row.opens {
					t.Errorf("after six: %s", state)
				}
				if state := afterRecovery(t, row.outcome); (state == "closed") != row.mends {
					t.Errorf("after three probes: %s", state)
				}
			})
		})
	}
}

func TestEachOutcomeMovesTheSharedBreakerAsPublished(t *testing.T) {
	t.Parallel()
	for _, row := range published {
		t.Run(string(row.outcome), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
					{Name: "a", Data: "nimc", PendingIsOutage: true, Source: turns(
						models.OutcomeSourceDown, models.OutcomeSourceDown, models.OutcomeSourceDown, models.OutcomeSourceDown,
						row.outcome, row.outcome, models.OutcomeSourceDown)},
				}})
				t.Cleanup(func() { _ = r.Close() })
				breaker := r.routes[0].data.Breaker
				r.routes[0].Breaker = nil // only the shared one is looked at
				for range 7 {
					once(t, r)
				}
				// Four failures, two of the outcome, one failure: five in a row unless the outcome interrupts them.
				want := map[gate.Effect]string{gate.Helps: "closed", gate.Ignored: "open", gate.Hurts: "open"}[row.source]
				if state := breaker.State().String(); state != want {
					t.Errorf("state %s, want %s", state, want)
				}
				once(t, r)
				if asked := r.Health()[0].Failures + r.Health()[0].Successes; row.source == gate.Hurts && asked > 5 {
					t.Errorf("asked %d times: it opened too late", asked)
				}
			})
		})
	}
}

func TestEachOutcomeDealsWithTheAccountAsPublished(t *testing.T) {
	t.Parallel()
	for _, row := range published {
		t.Run(string(row.outcome), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{
					{Name: "a", Vendor: "v", Source: says(row.outcome)}, {Name: "b", Vendor: "v", Source: says(row.outcome)},
				}})
				once(t, r)
				got := string(r.Owners(t.Context(), question(t, "08031234567")).Attempts[0].Outcome)
				if want := row.account; want != "" && got != want || want == "" && got != string(row.outcome) {
					t.Errorf("the next question: %s", got)
				}
			})
		})
	}
}

func TestARuleThatWasNotAskedAgreesWithTheModels(t *testing.T) {
	t.Parallel()
	for outcome, r := range rules {
		if r.Unasked == outcome.Asked() {
			t.Errorf("%s: unasked %t, asked %t", outcome, r.Unasked, outcome.Asked())
		}
	}
}

func stateAfter(t *testing.T, times int, outcome models.Outcome) string {
	r := newRouter(RouterOptions{Candidates: []Candidate{{Name: "a", Source: says(outcome)}}, Chance: calm})
	for range times {
		r.Owners(t.Context(), question(t, "08031234567"))
	}
	return r.Health()[0].State
}

func TestEachOutcomeIsCountedAsPublished(t *testing.T) {
	t.Parallel()
	for _, row := range published {
		t.Run(string(row.outcome), func(t *testing.T) {
			t.Parallel()
			r := newRouter(RouterOptions{Candidates: []Candidate{{Name: "a", Source: says(row.outcome)}}})
			r.Owners(t.Context(), question(t, "08031234567"))
			h := r.Health()[0]
			want := map[string][2]uint64{"success": {1, 0}, "failure": {0, 1}, "neither": {0, 0}}[row.counts]
			if got := [2]uint64{h.Successes, h.Failures}; got != want {
				t.Errorf("successes and failures: %v, want %v", got, want)
			}
			if h.LastOutcome != row.outcome || h.LastAt.IsZero() {
				t.Errorf("last: %s at %v", h.LastOutcome, h.LastAt)
			}
		})
	}
}

func TestOfSeveralFailuresTheMostTellingIsReported(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		said []models.Outcome
		want models.Outcome
	}{
		"a pending answer outweighs a dead provider": {
			[]models.Outcome{models.OutcomePending, models.OutcomeProviderDown}, models.OutcomePending,
		},
		"a timeout may have been billed": {
			[]models.Outcome{models.OutcomeTimeout, models.OutcomeSourceDown}, models.OutcomeTimeout,
		},
		"a dead provider outweighs an empty wallet": {
			[]models.Outcome{models.OutcomeWalletEmpty, models.OutcomeProviderDown}, models.OutcomeProviderDown,
		},
		"not applicable only if nothing else": {
			[]models.Outcome{models.OutcomeNotApplicable, models.OutcomeRateLimited}, models.OutcomeRateLimited,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var candidates []Candidate
			for _, outcome := range row.said {
				candidates = append(candidates, Candidate{Name: string(outcome), Source: says(outcome)})
			}
			got := newRouter(RouterOptions{Candidates: candidates}).Owners(t.Context(), question(t, "08031234567"))
			if got.Outcome != row.want || got.Source != string(row.want) {
				t.Errorf("%s of %s", got.Outcome, got.Source)
			}
		})
	}
}

func TestWhatASourceSaysIsTempered(t *testing.T) {
	t.Parallel()
	ended := errors.New("ended")
	owner := []models.Owner{{FullName: "OKORO JANE"}}
	for name, row := range map[string]struct {
		said            lookup.Finding
		caller, attempt error
		want            models.Outcome
	}{
		"an unknown outcome makes no sense":          {lookup.Finding{Outcome: "?"}, nil, nil, models.OutcomeBadPayload},
		"no outcome makes no sense":                  {lookup.Finding{}, nil, nil, models.OutcomeBadPayload},
		"found without an owner makes no sense":      {lookup.Finding{Outcome: models.OutcomeFound}, nil, nil, models.OutcomeBadPayload},
		"a source has no breaker of ours":            {lookup.Finding{Outcome: models.OutcomeBreakerOpen}, nil, nil, models.OutcomeBadPayload},
		"a late answer is an answer":                 {lookup.Finding{Outcome: models.OutcomeFound, Owners: owner}, ended, ended, models.OutcomeFound},
		"a late miss is a miss":                      {lookup.Finding{Outcome: models.OutcomeNotFound}, nil, ended, models.OutcomeNotFound},
		"a broken call at our deadline is a timeout": {lookup.Finding{Outcome: models.OutcomeProviderDown}, nil, ended, models.OutcomeTimeout},
		"a cut body at our deadline is a timeout":    {lookup.Finding{Outcome: models.OutcomeBadPayload}, nil, ended, models.OutcomeTimeout},
		"a broken call as the caller leaves":         {lookup.Finding{Outcome: models.OutcomeTimeout}, ended, ended, models.OutcomeCanceled},
		"an empty wallet is no echo":                 {lookup.Finding{Outcome: models.OutcomeWalletEmpty}, ended, ended, models.OutcomeWalletEmpty},
		"nobody cancelled":                           {lookup.Finding{Outcome: models.OutcomeCanceled}, nil, nil, models.OutcomeProviderDown},
		"owners only of what was found":              {lookup.Finding{Outcome: models.OutcomeNotFound, Owners: owner}, nil, nil, models.OutcomeNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := temper(row.said, row.caller, row.attempt)
			if got.Outcome != row.want {
				t.Errorf("%s, want %s", got.Outcome, row.want)
			}
			if (len(got.Owners) > 0) != (row.want == models.OutcomeFound) {
				t.Errorf("%d owners", len(got.Owners))
			}
		})
	}
}
