package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// played runs a job for a while of a clock that stands still unless everybody waits, and gives when its rounds began.
func played(t *testing.T, j job, span time.Duration) (rounds []time.Duration, log string) {
	t.Helper()
	var said bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		start, do := time.Now(), j.do
		j.do = func(ctx context.Context) error {
			rounds = append(rounds, time.Since(start))
			return do(ctx)
		}
		ctx, cancel := context.WithTimeout(t.Context(), span)
		defer cancel()
		j.repeat(ctx, slog.New(slog.NewTextHandler(&said, nil)))
	})
	return rounds, said.String()
}

func TestAJobThatFailsIsLoggedAndDoneAgain(t *testing.T) {
	t.Parallel()
	failing := job{name: "sweep", every: time.Minute, within: time.Second, do: func(context.Context) error { return errors.New("no database") }}
	rounds, log := played(t, failing, 150*time.Second)
	if len(rounds) != 3 || rounds[0] != 0 || rounds[2] != 2*time.Minute {
		t.Errorf("rounds at %v", rounds)
	}
	if strings.Count(log, `job=sweep err="no database"`) != 3 {
		t.Errorf("log: %s", log)
	}
	failing.late = true
	if rounds, _ := played(t, failing, 150*time.Second); len(rounds) != 2 || rounds[0] != time.Minute {
		t.Errorf("late: rounds at %v", rounds)
	}
}

func TestARoundThatHangsEndsAndTheNextOneComes(t *testing.T) {
	t.Parallel()
	hanging := job{name: "hang", every: time.Minute, within: 10 * time.Second, do: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	rounds, log := played(t, hanging, 65*time.Second)
	if len(rounds) != 2 || rounds[1] != time.Minute {
		t.Errorf("rounds at %v", rounds)
	}
	if strings.Count(log, "job=hang") != 1 { // the second one ends because the gateway does: nothing is wrong
		t.Errorf("log: %s", log)
	}
}

func TestEveryJobHasANameASpanAndADeadline(t *testing.T) {
	t.Parallel()
	a := &App{}
	a.Config.Billing.SweepEvery = time.Second
	names := map[string]bool{}
	for _, j := range a.jobs() {
		if j.name == "" || names[j.name] || j.every <= 0 || j.within <= 0 || j.do == nil {
			t.Errorf("%+v", j)
		}
		names[j.name] = true
	}
}
