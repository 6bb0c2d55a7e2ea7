package app_test

import (
	"encoding/base64"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"whoseline/access"
	"whoseline/app"
	"whoseline/config"
	"whoseline/storage"
	"whoseline/storage/storagetest"
	"whoseline/traces/tracestest"
)

func TestATraceTellsWhatALookupWaitedFor(t *testing.T) {
	t.Parallel()
	to := tracestest.New(t, 200)
	settings := config.Default()
	settings.Database.URL = storagetest.MigratedURL(t, storage.SQLite)
	settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	settings.Providers.Live = []string{"sandbox"}
	settings.Tracing.Collector = to.URL
	a, err := app.New(t.Context(), app.Options{Config: settings, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	served := to.Spans("POST /v2/api/identity/ng/phone")
	if len(served) != 1 || served[0].Parent != "00f067aa0ba902b7" || served[0].Attributes["whoseline.request"] == "" {
		t.Fatalf("spans: %+v", to.Spans(""))
	}
	for _, name := range []string{"till.hold.wait", "till.hold.commit", "source.attempt", "till.settle.wait", "till.settle.commit"} {
		if s := to.Spans(name); len(s) != 1 || s[0].Parent != served[0].ID || s[0].Trace != "4bf92f3577b34da6a3ce929d0e0e4736" {
			t.Fatalf("%s: %+v", name, s)
		}
	}
	if s := to.Spans("source.attempt")[0]; s.Attributes["whoseline.source"] != `string_value:"sandbox"` || s.Attributes["whoseline.outcome"] != `string_value:"found"` {
		t.Errorf("attributes: %+v", s)
	}
}

// ask makes a lookup inside a trace.
func ask(t *testing.T, a *app.App) {
	t.Helper()
	b, err := a.Businesses.Create(t.Context(), access.NewBusiness{Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := a.Keys.Create(t.Context(), access.NewKey{BusinessID: b.ID, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	q := httptest.NewRequest("POST", "/v2/api/identity/ng/phone", strings.NewReader(`{"mobile":"08000000000","isSubjectConsent":true}`))
	q.Header.Set("token", token)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	answer, err := a.HTTP.Test(q)
	if err != nil || answer.StatusCode != 200 {
		t.Fatal(answer, err)
	}
	_ = answer.Body.Close() // it was read
}
