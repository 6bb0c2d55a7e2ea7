package webhooks

import (
	"testing"

	"whoseline/models"
	"whoseline/traces"
	"whoseline/traces/tracestest"
)

func TestATryToTellAReceiverIsTraced(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, o *office) {
		to := tracestest.New(t, 200)
		tracer, err := traces.Open(t.Context(), traces.Options{Collector: to.URL, Percent: 100})
		if err != nil {
			t.Fatal(err)
		}
		traced := o.neighbour(func(o *Options) { o.Traces = tracer })
		endpoint, _ := traced.endpoint("acme", answers(t, 500).URL)
		stop := traced.open()
		event := traced.event("acme", `{"name":"Ada"}`)
		traced.becomes(event, models.WebhookWaiting, 1)
		stop()
		if err := tracer.Close(); err != nil {
			t.Fatal(err)
		}
		s := to.Spans("webhook.attempt")
		if len(s) != 1 || !s[0].Failed {
			t.Fatalf("spans: %+v", s)
		}
		for key, want := range map[string]string{
			"whoseline.event": `string_value:"` + event.ID + `"`, "whoseline.endpoint": `string_value:"` + endpoint.ID + `"`,
			"whoseline.outcome": `string_value:"http_5xx"`, "http.response.status_code": "int_value:500",
		} {
			if s[0].Attributes[key] != want {
				t.Errorf("%s: %s, want %s", key, s[0].Attributes[key], want)
			}
		}
	})
}
