package vendor

import (
	"testing"

	"go.uber.org/goleak"

	"whoseline/lookup"
	"whoseline/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
