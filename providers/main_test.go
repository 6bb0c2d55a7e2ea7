package providers

import (
	"cmp"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source lets a function stand for the far side.
type source func(ctx context.Context, q lookup.Question) lookup.Finding

func (s source) Owners(ctx context.Context, q lookup.Question) lookup.Finding { return s(ctx, q) }

// says is a source with one answer for everything.
func says(outcome models.Outcome) source {
	return func(context.Context, lookup.Question) lookup.Finding { return answer(outcome) }
}

func answer(outcome models.Outcome) lookup.Finding {
	said := lookup.Finding{Outcome: outcome}
	if outcome == models.OutcomeFound {
		said.Owners = []models.Owner{{FullName: "OKORO JANE"}}
	}
	return said
}

// turns gives one answer after the other and then the last one for ever.
func turns(outcomes ...models.Outcome) source {
	var asked atomic.Int32
	return func(context.Context, lookup.Question) lookup.Finding {
		turn := int(asked.Add(1)) - 1
		return answer(outcomes[min(turn, len(outcomes)-1)])
	}
}

// waits answers found after a span, or as soon as its context ends.
func waits(span time.Duration) source {
	return func(ctx context.Context, _ lookup.Question) lookup.Finding {
		if err := gate.Sleep(ctx, span); err != nil {
			return lookup.Finding{Outcome: models.OutcomeProviderDown, Err: err}
		}
		return answer(models.OutcomeFound)
	}
}

// hangs answers after a span whatever its context says.
func hangs(span time.Duration) source {
	return func(context.Context, lookup.Question) lookup.Finding {
		<-time.After(span)
		return answer(models.OutcomeFound)
	}
}

// noon is when the tests take place.
var noon = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func calm() float64 { return 0 }

func question(t testing.TB, number string) lookup.Question {
	t.Helper()
	phone, err := models.ParseNigerian(number)
	if err != nil {
		t.Fatal(err)
	}
	return lookup.Question{BusinessID: "b", LookupID: "l", Phone: phone}
}

// trail gives source and outcome of each attempt.
func trail(f lookup.Finding) []string {
	var steps []string
	for _, a := range f.Attempts {
		steps = append(steps, a.Source+" "+string(a.Outcome))
	}
	return steps
}

// operator is what a router has of the configuration.
var operator = RouterOptions{Total: 12 * time.Second, Attempts: 3, BulkheadWait: 50 * time.Millisecond}

// newRouter makes a router of what a test says, and of the operator's where it says nothing.
func newRouter(o RouterOptions) *Router {
	o.Total, o.Attempts = cmp.Or(o.Total, operator.Total), cmp.Or(o.Attempts, operator.Attempts)
	o.BulkheadWait = cmp.Or(o.BulkheadWait, operator.BulkheadWait)
	for i, c := range o.Candidates {
		o.Candidates[i].Limits.Timeout = cmp.Or(c.Limits.Timeout, 4*time.Second)
		o.Candidates[i].Limits.MaxInflight = cmp.Or(c.Limits.MaxInflight, 64)
	}
	return NewRouter(o)
}
