package edge

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
	e := New(Options{
		RequestID: func() string { return "r-1" }, Log: slog.New(slog.NewTextHandler(&log, nil)), LogRequests: "errors",
		Registry: prometheus.NewRegistry(), Bounds: NewBounds(Limits{}),
	})
	saying := func(word string, roots ...string) Dialect {
		return Dialect{Roots: roots, Route: func(*fiber.App) {}, Refuse: func(c *fiber.Ctx, err *models.Error) error {
			return Send(c, fiber.StatusInternalServerError, "text/plain", []byte(word+" "+string(err.Code)))
		}}
	}
	last := saying("last", "/a/", "/pack.")
	last.Route = func(app *fiber.App) { app.Get("/*", func(*fiber.Ctx) error { panic("at the disco") }) }
	app := e.Open(saying("first", "/v2/api/"), saying("second", "/v1"), last).HTTP
	for path, want := range map[string]string{
		"/v2/api/identity": "first", "/": "first", "/v10": "first", "/v1": "second", "/v1/wallet": "second", "/A/b": "last", "/a": "last", "/ab": "first",
		"/pack.Service/Do": "last", "/pack": "first",
	} {
		response, err := app.Test(httptest.NewRequest("GET", path, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != want+" internal" || response.StatusCode != 500 || response.Header.Get("Request-Id") != "r-1" {
			t.Errorf("%s: %d %s, %v", path, response.StatusCode, body, err)
		}
	}
	for _, part := range []string{"at the disco", "edge_test.go", "request=r-1", "status=500"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not hold %q", part)
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
