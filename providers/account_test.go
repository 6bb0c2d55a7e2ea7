package providers

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"whoseline/lookup"
	"whoseline/models"
)

const empty = models.OutcomeWalletEmpty

// withAccount makes a router over one vendor that says one thing after the other.
func withAccount(check *BalanceCheck, outcomes ...models.Outcome) *Router {
	return newRouter(RouterOptions{
		Candidates: []Candidate{{Name: "a", Vendor: "v", Source: turns(outcomes...), Balance: check}}, Chance: calm,
		Balance: Thresholds{Alert: 1000, Floor: 100},
	})
}

func TestAVendorWithoutABalanceIsTriedAgainAfterAGrowingPause(t *testing.T) {
	t.Parallel()
	for _, outcome := range []models.Outcome{empty, models.OutcomeCredentials} {
		synctest.Test(t, func(t *testing.T) {
			r := withAccount(nil, outcome)
			once(t, r)
			for i, pause := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600} {
				time.Sleep(pause*time.Second - time.Millisecond)
				if got := once(t, r); got != models.OutcomeDisabled {
					t.Errorf("pause %d is shorter: %s", i, got)
				}
				time.Sleep(2 * time.Millisecond)
				if got := once(t, r); got != outcome {
					t.Errorf("pause %d is longer: %s", i, got)
				}
			}
		})
	}
}

func TestAnAnswerMakesTheNextPauseShortAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := withAccount(nil, empty, empty, models.OutcomeFound, empty, models.OutcomeFound)
		once(t, r)
		time.Sleep(shortDisable)
		once(t, r)
		time.Sleep(2 * shortDisable)
		for _, want := range []models.Outcome{models.OutcomeFound, empty, models.OutcomeDisabled} {
			if got := once(t, r); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		time.Sleep(shortDisable)
		if got := once(t, r); got != models.OutcomeFound {
			t.Errorf("after the short pause: %s", got)
		}
	})
}

func TestVendorsShareAnAccountAndOthersDoNot(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Candidates: []Candidate{
		{Name: "basic", Vendor: "v", Source: says(empty)},
		{Name: "other", Vendor: "w", Source: says(models.OutcomeNotApplicable)},
		{Name: "advanced", Vendor: "v", Source: says(models.OutcomeFound)},
		{Name: "own", Source: says(empty)},
	}})
	steps := strings.Join(trail(r.Owners(t.Context(), question(t, "08031234567"))), ", ")
	if steps != "basic wallet_empty, other not_applicable, advanced found" { // it was planned before
		t.Error(steps)
	}
	steps = strings.Join(trail(r.Owners(t.Context(), question(t, "08031234567"))), ", ")
	if steps != "basic disabled, other not_applicable, advanced disabled, own wallet_empty" {
		t.Error(steps)
	}
}

func TestWhatWasUnderWayWhenTheAccountWasDisabledNeitherEnablesNorExtends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount("v", RouterOptions{Now: time.Now, Chance: calm})
		for range 50 { // all of them were asked before the first refusal came back
			a.learn(empty, 0)
		}
		a.learn(models.OutcomeFound, 0)
		if why, until := a.bars(time.Now()); why != models.OutcomeDisabled || time.Until(until) != shortDisable {
			t.Errorf("%s until %v", why, time.Until(until))
		}
	})
}

func TestTheSandboxHasNoAccountThatOneTenantCouldCloseToOthers(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Breakerless: true, Candidates: []Candidate{{Name: "s", Vendor: "v", Data: "d", Source: says(empty)}}})
	for range 10 {
		if got := once(t, r); got != empty {
			t.Fatal(got)
		}
	}
}

func TestRetryAfterPausesTheVendorAndReachesTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(RouterOptions{Chance: calm, Candidates: []Candidate{{Name: "a", Vendor: "v", Source: source(
			func(context.Context, lookup.Question) lookup.Finding {
				return lookup.Finding{Outcome: models.OutcomeRateLimited, RetryAfter: 20 * time.Second}
			})}}})
		once(t, r)
		time.Sleep(5 * time.Second)
		got := r.Owners(t.Context(), question(t, "08031234567"))
		if got.Outcome != models.OutcomePaused || got.RetryAfter != 15*time.Second {
			t.Errorf("%s, retry after %v", got.Outcome, got.RetryAfter)
		}
		if h := r.Health()[0]; time.Until(h.RetryAt) != 15*time.Second || h.Disabled != "" {
			t.Errorf("%+v", h)
		}
		time.Sleep(15 * time.Second)
		if got := once(t, r); got != models.OutcomeRateLimited {
			t.Errorf("afterwards: %s", got)
		}
	})
}

// purse is a vendor's balance, and what the vendor answers to a check of it.
type purse struct {
	left    int64
	outcome models.Outcome
}

func (p purse) check() *BalanceCheck {
	return &BalanceCheck{Ask: func(context.Context) (models.Money, models.Outcome, error) {
		if p.outcome != models.OutcomeFound {
			return models.Money{}, p.outcome, errors.New("refused")
		}
		return models.NGN(p.left), p.outcome, nil
	}}
}

func TestABalanceCheckDecidesAboutTheAccount(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		first models.Outcome // what the vendor says before the check
		purse purse
		after models.Outcome // what the next question finds
	}{
		"enough after an empty wallet": {empty, purse{101, models.OutcomeFound}, models.OutcomeFound},
		"enough after bad credentials": {models.OutcomeCredentials, purse{101, models.OutcomeFound}, models.OutcomeFound},
		"still at the floor":           {empty, purse{100, models.OutcomeFound}, models.OutcomeDisabled},
		"at the floor before a 402":    {models.OutcomeFound, purse{100, models.OutcomeFound}, models.OutcomeDisabled},
		"refused":                      {models.OutcomeFound, purse{0, models.OutcomeCredentials}, models.OutcomeDisabled},
		"a check that tells nothing":   {models.OutcomeFound, purse{0, down}, models.OutcomeFound},
		"nor does it end anything":     {empty, purse{0, models.OutcomeBadPayload}, models.OutcomeDisabled},
	} {
		r := withAccount(row.purse.check(), row.first, models.OutcomeFound)
		once(t, r)
		r.CheckBalances(t.Context())
		if got := once(t, r); got != row.after {
			t.Errorf("%s: %s, want %s", name, got, row.after)
		}
	}
}

func TestABrokenBalanceCheckDoesNotLoseAVendorForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := purse{outcome: models.OutcomeBadPayload}
		r := withAccount(p.check(), empty, models.OutcomeFound)
		once(t, r)
		time.Sleep(longDisable - time.Millisecond)
		r.CheckBalances(t.Context())
		if got := once(t, r); got != models.OutcomeDisabled {
			t.Errorf("before the hour: %s", got)
		}
		time.Sleep(time.Millisecond)
		if got := once(t, r); got != models.OutcomeFound {
			t.Errorf("after the hour: %s", got)
		}
	})
}

func TestTheWatchChecksAtOnceAndThenAgainUntilItIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var left atomic.Int64
		left.Store(50)
		check := &BalanceCheck{Ask: func(context.Context) (models.Money, models.Outcome, error) {
			return models.NGN(left.Load()), models.OutcomeFound, nil
		}}
		r := withAccount(check, models.OutcomeFound)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Watch(ctx, time.Minute) }()
		synctest.Wait()
		if got := once(t, r); got != models.OutcomeDisabled {
			t.Errorf("at once: %s", got)
		}
		left.Store(5000)
		time.Sleep(time.Minute + time.Millisecond)
		synctest.Wait()
		if got := once(t, r); got != models.OutcomeFound {
			t.Errorf("a minute later: %s", got)
		}
		stop()
		<-done
	})
}

func TestARefusalIsHeldAgainstTheBalanceAtOnceButNotForEachQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var checks atomic.Int32
		check := &BalanceCheck{Ask: func(context.Context) (models.Money, models.Outcome, error) {
			checks.Add(1)
			return models.NGN(5000), models.OutcomeFound, nil
		}}
		r := withAccount(check, empty)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Watch(ctx, time.Hour) }()
		time.Sleep(time.Minute)
		for i, want := range []models.Outcome{empty, empty, models.OutcomeDisabled, models.OutcomeDisabled} {
			if got := once(t, r); got != want {
				t.Errorf("question %d: %s, want %s", i, got, want)
			}
			synctest.Wait()
		}
		if n := checks.Load(); n != 2 {
			t.Errorf("%d checks, want one at the start and one for the first refusal", n)
		}
		time.Sleep(nudgePause)
		synctest.Wait()
		if got := once(t, r); got != empty || checks.Load() != 3 {
			t.Errorf("a while later: %s after %d checks", got, checks.Load())
		}
		stop()
		<-done
	})
}

func TestAVendorOnTrialIsStillToldToTheOperator(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := withAccount(nil, empty, models.OutcomeFound)
		once(t, r)
		time.Sleep(shortDisable)
		if h := r.Health()[0]; h.Disabled != "" || !h.RetryAt.IsZero() {
			t.Errorf("it may be asked again, and yet: %+v", h)
		}
		if held := r.accounts[0].look(); held.reason != empty {
			t.Errorf("before it is seen to work: %+v", held)
		}
		once(t, r)
		if held := r.accounts[0].look(); held.reason != "" {
			t.Errorf("it works: %+v", held)
		}
	})
}

func TestAnOutOfOrderAccountIsSeenInMetricsAndHealth(t *testing.T) {
	t.Parallel()
	metrics, registry := NewMetrics(), prometheus.NewPedanticRegistry()
	if err := metrics.Register(registry); err != nil {
		t.Fatal(err)
	}
	p := purse{left: 99, outcome: models.OutcomeFound}
	r := newRouter(RouterOptions{
		Metrics: metrics, Balance: Thresholds{Alert: 1000, Floor: 100}, Now: atNoon, Chance: calm,
		Candidates: []Candidate{{Name: "a", Vendor: "v", Source: says(models.OutcomeFound), Balance: p.check()}},
	})
	r.CheckBalances(t.Context())
	want := `# HELP whoseline_vendor_balance_low 1 while that is less than the operator wants to see.
# TYPE whoseline_vendor_balance_low gauge
whoseline_vendor_balance_low{vendor="v"} 1
# HELP whoseline_vendor_balance_minor_units What was left in our wallet with a vendor at the last check.
# TYPE whoseline_vendor_balance_minor_units gauge
whoseline_vendor_balance_minor_units{vendor="v"} 99
# HELP whoseline_vendor_disabled 1 from when a vendor refuses our account until it is seen to work again.
# TYPE whoseline_vendor_disabled gauge
whoseline_vendor_disabled{reason="credentials",vendor="v"} 0
whoseline_vendor_disabled{reason="wallet_empty",vendor="v"} 1
`
	err := testutil.GatherAndCompare(registry, strings.NewReader(want),
		"whoseline_vendor_balance_low", "whoseline_vendor_balance_minor_units", "whoseline_vendor_disabled")
	if err != nil {
		t.Error(err)
	}
	if h := r.Health()[0]; h.Disabled != empty || h.RetryAt != noon.Add(longDisable) {
		t.Errorf("%+v", h)
	}
}
