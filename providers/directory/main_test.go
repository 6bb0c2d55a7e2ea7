package directory

import (
	"testing"

	"go.uber.org/goleak"

	"whoseline/lookup"
	"whoseline/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func question(t testing.TB, number string) lookup.Question {
	t.Helper()
	phone, err := models.ParseNigerian(number)
	if err != nil {
		t.Fatal(err)
	}
	return lookup.Question{BusinessID: "b", LookupID: "l", Phone: phone}
}
