package ops

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"whoseline/lookup"
)

// reporting gives the operator's side of a gateway that keeps what it was asked for.
func reporting(make func(context.Context, lookup.Span) ([]lookup.Margin, error)) func(target string) *httptest.ResponseRecorder {
	ops := New(Options{
		Hosts:   []string{"example.com"}, // as which httptest asks
		Margins: make, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Date(2026, time.February, 3, 15, 0, 0, 0, time.UTC) },
	})
	return func(target string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		ops.ServeHTTP(answer, httptest.NewRequest("GET", target, nil))
		return answer
	}
}

func TestTheOperatorReadsMarginsOfWholeDays(t *testing.T) {
	t.Parallel()
	get := reporting(func(_ context.Context, in lookup.Span) ([]lookup.Margin, error) {
		if in.To.Sub(in.From) > 7*24*time.Hour {
			return nil, nil
		}
		return []lookup.Margin{{Source: "dojah", Currency: "NGN", Asked: 2, Revenue: 5000, Cost: 2000, Margin: 3000}}, nil
	})
	for target, want := range map[string]string{
		"/v1/reports/margin": `{"data":[{"source":"dojah","currency":"NGN","asked":2,"billed":0,"unsure":0,"answered":0,"revenue":5000,"cost":2000,` +
			`"mayCost":0,"margin":3000}],"from":"2026-01-28T00:00:00.000Z","to":"2026-02-04T00:00:00.000Z"}`,
		"/v1/reports/margin?from=2026-01-01&to=2026-01-31": `{"data":[],"from":"2026-01-01T00:00:00.000Z","to":"2026-02-01T00:00:00.000Z"}`,
	} {
		if got := get(target); got.Code != 200 || strings.TrimSpace(got.Body.String()) != want {
			t.Errorf("%s: %d %s", target, got.Code, got.Body)
		}
	}
	for target, want := range map[string]string{
		"?from=yesterday":                "from must be a day such as 2026-01-31",
		"?to=31":                         "to must be a day such as 2026-01-31",
		"?from=2026-02-01&to=2026-01-31": "from must not be after to",
		"?from=2026-01-01&to=2026-02-01": "from and to must be at most 31 days apart, in this order",
		"?from=2026-02-05":               "from and to must be at most 31 days apart, in this order",
	} {
		if got := get("/v1/reports/margin" + target); got.Code != 400 || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: %d %s", target, got.Code, got.Body)
		}
	}
}

func TestOneReportIsMadeAtATime(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}), make(chan struct{})
	get := reporting(func(context.Context, lookup.Span) ([]lookup.Margin, error) {
		close(begun)
		<-end
		return nil, nil
	})
	first := make(chan int)
	go func() { first <- get("/v1/reports/margin").Code }()
	<-begun
	if got := get("/v1/reports/margin"); got.Code != 429 || got.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	close(end)
	if got := <-first; got != 200 {
		t.Error(got)
	}
}
