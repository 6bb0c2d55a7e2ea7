package providers

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

func TestSourcesAreAskedInOrderUntilOneAnswers(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Candidates: []Candidate{
		{Name: "a", Source: says(down)},
		{Name: "b", Source: says(models.OutcomeWalletEmpty)},
		{Name: "c", Source: says(models.OutcomeFound)},
		{Name: "d", Source: says(models.OutcomeFound)},
	}})
	got := r.Owners(t.Context(), question(t, "08031234567"))
	if diff := cmp.Diff([]string{"a provider_down", "b wallet_empty", "c found"}, trail(got)); diff != "" {
		t.Error(diff)
	}
	if got.Source != "c" || len(got.Owners) != 1 {
		t.Errorf("%d owners from %s", len(got.Owners), got.Source)
	}
}

func TestAtMostThreeSourcesAreAsked(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Candidates: []Candidate{
		{Name: "a", Source: says(down)},
		{Name: "b", Source: says(down)},
		{Name: "c", Source: says(down)},
		{Name: "d", Source: says(models.OutcomeFound)},
	}})
	got := r.Owners(t.Context(), question(t, "08031234567"))
	if len(got.Attempts) != 3 || got.Outcome != down {
		t.Errorf("%s after %v", got.Outcome, trail(got))
	}
}

func TestASourceBehindAnOpenBreakerIsRecordedAndCostsNoAttempt(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{Candidates: []Candidate{
		{Name: "a", Source: says(down)},
		{Name: "b", Source: says(models.OutcomeRateLimited)},
		{Name: "c", Source: says(models.OutcomeRateLimited)},
		{Name: "d", Source: says(models.OutcomeFound)},
	}})
	for range 5 {
		once(t, r)
	}
	got := r.Owners(t.Context(), question(t, "08031234567"))
	want := []string{"a breaker_open", "b rate_limited", "c rate_limited", "d found"}
	if diff := cmp.Diff(want, trail(got)); diff != "" {
		t.Error(diff)
	}
}

func TestAMissOfASourceThatKnowsOnlySomeNumbersGoesOn(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		second []models.Outcome
		want   models.Outcome
	}{
		"the second source answers":           {[]models.Outcome{models.OutcomeFound}, models.OutcomeFound},
		"the second source misses too":        {[]models.Outcome{models.OutcomeNotFound}, models.OutcomeNotFound},
		"there is no second source":           {nil, models.OutcomeNotFound},
		"the second source does not cover":    {[]models.Outcome{models.OutcomeNotApplicable}, models.OutcomeNotFound},
		"a dead second source leaves it open": {[]models.Outcome{down}, down},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			candidates := []Candidate{{Name: "own", Source: says(models.OutcomeNotFound), NextOnMiss: true}}
			for _, outcome := range row.second {
				candidates = append(candidates, Candidate{Name: "vendor", Source: says(outcome)})
			}
			if got := once(t, newRouter(RouterOptions{Candidates: candidates})); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

func TestTheTotalTimeBoundsAllAttempts(t *testing.T) {
	t.Parallel()
	for _, inProcess := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			slow := Candidate{Source: waits(time.Hour), Limits: gate.Limits{Timeout: 5 * time.Second}, InProcess: inProcess}
			a, b, c := slow, slow, slow
			a.Name, b.Name, c.Name = "a", "b", "c"
			r := newRouter(RouterOptions{Candidates: []Candidate{a, b, c}})
			start := time.Now()
			got := r.Owners(t.Context(), question(t, "08031234567"))
			if took := time.Since(start); took != operator.Total {
				t.Errorf("took %v", took)
			}
			var millis []int64
			for _, attempt := range got.Attempts {
				millis = append(millis, attempt.Millis)
			}
			if diff := cmp.Diff([]int64{5000, 5000, 2000}, millis); diff != "" || got.Outcome != models.OutcomeTimeout {
				t.Error(got.Outcome, diff)
			}
		})
	}
}

func TestASourceThatIgnoresItsContextDelaysNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := newRouter(RouterOptions{
			Candidates: []Candidate{{Name: "deaf", Source: hangs(time.Minute)}, {Name: "b", Source: says(models.OutcomeFound)}},
			Log:        slog.New(slog.NewJSONHandler(&log, nil)),
		})
		start := time.Now()
		got := r.Owners(t.Context(), question(t, "08031234567"))
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("took %v", took)
		}
		if diff := cmp.Diff([]string{"deaf timeout", "b found"}, trail(got)); diff != "" {
			t.Error(diff)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !strings.Contains(log.String(), "source answered too late") {
			t.Errorf("log: %s", log.String())
		}
	})
}

func TestACallerThatLeavesKeepsTheRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := newRouter(RouterOptions{Candidates: []Candidate{
			{Name: "a", Source: says(down)},
			{Name: "b", Source: source(func(ctx context.Context, _ lookup.Question) lookup.Finding {
				cancel()
				<-ctx.Done()
				return lookup.Finding{Outcome: down, Err: ctx.Err()}
			})},
			{Name: "c", Source: says(models.OutcomeFound)},
		}})
		got := r.Owners(ctx, question(t, "08031234567"))
		if diff := cmp.Diff([]string{"a provider_down", "b canceled"}, trail(got)); diff != "" {
			t.Error(diff)
		}
		if got.Outcome != down {
			t.Errorf("outcome %s", got.Outcome)
		}
	})
}

func TestACallerThatHasLeftAsksNobody(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := alone(says(models.OutcomeFound)).Owners(ctx, question(t, "08031234567"))
	if got.Outcome != models.OutcomeCanceled || len(got.Attempts) != 0 {
		t.Errorf("%s, attempts %v", got.Outcome, got.Attempts)
	}
}

func TestWithoutSourcesNobodyAnswers(t *testing.T) {
	t.Parallel()
	r := newRouter(RouterOptions{})
	got := r.Owners(t.Context(), question(t, "08031234567"))
	if got.Outcome != down || !errors.Is(got.Err, errNoSource) || len(r.Health()) != 0 {
		t.Errorf("%s: %v", got.Outcome, got.Err)
	}
}

func TestAPanickingSourceIsABadPayloadAndNamesNobody(t *testing.T) {
	t.Parallel()
	for _, inProcess := range []bool{true, false} {
		var log bytes.Buffer
		r := newRouter(RouterOptions{
			Candidates: []Candidate{{Name: "a", InProcess: inProcess, Source: source(
				func(_ context.Context, q lookup.Question) lookup.Finding { panic("no reply for " + q.Phone.E164()) })}},
			Log: slog.New(slog.NewJSONHandler(&log, nil)),
		})
		got := r.Owners(t.Context(), question(t, "08031234567"))
		if got.Outcome != models.OutcomeBadPayload || got.Err == nil {
			t.Errorf("%s: %v", got.Outcome, got.Err)
		}
		if text := log.String(); !strings.Contains(text, "source panicked") || strings.Contains(text, "8031234567") {
			t.Errorf("log: %s", text)
		}
	}
}

func TestTheRecordTellsWhenAndHow(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	clock := noon
	r := newRouter(RouterOptions{
		Now: func() time.Time { return clock },
		Candidates: []Candidate{{Name: "a", InProcess: true, Source: source(
			func(context.Context, lookup.Question) lookup.Finding {
				clock = clock.Add(30 * time.Millisecond)
				return lookup.Finding{Outcome: models.OutcomeNotFound, HTTP: 404, Ref: "x-1"}
			})}},
	})
	got := r.Owners(t.Context(), question(t, "08031234567"))
	want := []models.Attempt{{Source: "a", Outcome: "not_found", At: noon, Millis: 30, HTTP: 404, Ref: "x-1"}}
	if diff := cmp.Diff(want, got.Attempts); diff != "" {
		t.Error(diff)
	}
}
