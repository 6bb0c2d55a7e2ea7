package callbacks

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/handlers/edge/edgetest"
	"whoseline/models"
)

// Whoever is no vendor must not be able to fill the log, and whoever is wrongly configured must find it there.
func TestForgedReceiptsAreLoggedOnceASecond(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	e := edgetest.New(edge.Options{
		RequestID: func() string { return "r-1" }, Log: slog.New(slog.NewTextHandler(&log, nil)), LogRequests: "none",
		Limiter: access.NewLimiter(models.World{Now: func() time.Time { return now }}),
	})
	app := e.Open(New(e, Options{ReadReports: func(string, ReportRequest) (Reported, error) {
		return Reported{}, models.Fail(models.Unauthorized, "forged")
	}})).HTTP
	bring := func(channel string) {
		t.Helper()
		response, err := app.Test(httptest.NewRequest("POST", reportsRoot+"/"+channel, strings.NewReader("status=Success")), -1)
		if err != nil || response.StatusCode != 401 {
			t.Fatalf("%v, %v", response, err)
		}
	}
	for range 5 {
		bring("twilio")
	}
	bring("termii")
	now = now.Add(time.Second)
	bring("twilio")
	if text := log.String(); strings.Count(text, "channel=twilio") != 2 || strings.Count(text, "channel=termii") != 1 {
		t.Errorf("the log says\n%s", text)
	}
}
