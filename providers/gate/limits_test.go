package gate

import (
	"testing"
	"time"
)

func TestASourcesLimitsNarrowTheOperatorsAndNeverWidenThem(t *testing.T) {
	t.Parallel()
	operator := Limits{Timeout: 4 * time.Second, MaxInflight: 100, Rate: 9}
	for own, want := range map[Limits]Limits{
		{}:                     {Timeout: 4 * time.Second, MaxInflight: 100},
		{Timeout: time.Second}: {Timeout: time.Second, MaxInflight: 100},
		{Timeout: time.Hour, MaxInflight: 500, Rate: 2}: {Timeout: 4 * time.Second, MaxInflight: 100, Rate: 2},
		{MaxInflight: 3}: {Timeout: 4 * time.Second, MaxInflight: 3},
	} {
		if got := own.Within(operator); got != want {
			t.Errorf("%+v: %+v", own, got)
		}
	}
	if got := (Limits{MaxInflight: 4096}).Within(Limits{Timeout: time.Second}); got.MaxInflight != 4096 {
		t.Errorf("what the operator does not limit: %+v", got)
	}
}
