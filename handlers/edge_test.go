package handlers

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
)

func TestAPanicIsAnsweredInTheEnvelopeOfThePath(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := &edge{metrics: newMetrics(prometheus.NewRegistry()), Options: Options{
		RequestID: func() string { return "r-1" }, Log: slog.New(slog.NewTextHandler(&log, nil)), LogRequests: "errors",
	}}
	app := fiber.New(fiber.Config{ErrorHandler: e.refuse})
	app.Use(e.observe)
	app.Get("/*", func(*fiber.Ctx) error { panic("at the disco") })
	for path, want := range map[string]string{
		"/v2/api/identity":                        `{"success":false,"statusCode":500,"message":"Service unavailable","name":"Error","data":{}}`,
		"/onboarding/api/v1/onboarding/PhoneInfo": `{"message":"Internal error","errorCode":"11105"}`,
		"/v1/wallet":                              `{"type":"/docs/errors#internal","title":"Internal Server Error","status":500,"code":"internal","detail":"something failed on our side","requestId":"r-1"}`,
	} {
		response, err := app.Test(httptest.NewRequest("GET", path, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != want || response.StatusCode != 500 || response.Header.Get("Request-Id") != "r-1" {
			t.Errorf("%s: %d %s, %v", path, response.StatusCode, body, err)
		}
	}
	for _, part := range []string{"at the disco", "edge_test.go", "request=r-1", "status=500"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not hold %q", part)
		}
	}
}

func TestEveryCodeHasAnAnswerInBothEnvelopes(t *testing.T) {
	t.Parallel()
	for _, code := range []models.Code{
		models.Invalid, models.ConsentMissing, models.ConsentWithdrawn, models.Unauthorized, models.NotFound, models.MethodNotAllowed,
		models.InsufficientFunds, models.InProgress, models.IdempotencyMismatch, models.TooLarge, models.UnsupportedMediaType,
		models.TooManyRequests, models.SourcesUnavailable, models.Busy,
	} {
		if problemStatus[code] == 0 || youverifyErrors[code].status == 0 {
			t.Errorf("%s has no status", code)
		}
	}
}

func TestATraceIsTakenFromAWellFormedHeaderOnly(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": "4bf92f3577b34da6a3ce929d0e0e4736",
		"":         "",
		"nonsense": "",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01": "",
		"00-4bf92f35-00f067aa0ba902b7-01":                         "",
	} {
		app := fiber.New()
		got := "not asked"
		app.Get("/", func(c *fiber.Ctx) error {
			got = traceID(c)
			return nil
		})
		request := httptest.NewRequest("GET", "/", nil)
		request.Header.Set("traceparent", header)
		if _, err := app.Test(request, -1); err != nil || got != want {
			t.Errorf("%q names the trace %q, %v", header, got, err)
		}
	}
}
