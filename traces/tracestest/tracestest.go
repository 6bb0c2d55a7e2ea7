// Package tracestest answers: what was a collector told?
package tracestest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collected "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is one that a collector was told of.
type Span struct {
	Name, Trace, ID, Parent string // the ids in hexadecimal
	Attributes              map[string]string
	Failed                  bool
}

// Collector takes spans by OTLP over HTTP.
type Collector struct {
	URL string

	mu    sync.Mutex
	spans []Span
	raw   []byte
}

// New starts a collector, which ends with the test. It answers with the status.
func New(t testing.TB, status int) *Collector {
	t.Helper()
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var told collected.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &told)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("told at %s: %v", r.URL.Path, err)
		}
		c.keep(body, &told)
		w.Header().Set("Content-Type", "application/x-protobuf")
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	c.URL = server.URL + "/v1/traces"
	return c
}

func (c *Collector) keep(body []byte, told *collected.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, body...)
	for _, resource := range told.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				made := Span{
					Name: s.GetName(), Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()),
					Parent: hex.EncodeToString(s.GetParentSpanId()), Attributes: map[string]string{}, Failed: s.GetStatus().GetCode() == 2,
				}
				for _, a := range s.GetAttributes() {
					made.Attributes[a.GetKey()] = a.GetValue().String()
				}
				c.spans = append(c.spans, made)
			}
		}
	}
}

// Spans gives those of a name, or with "" all.
func (c *Collector) Spans(name string) (list []Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if name == "" || s.Name == name {
			list = append(list, s)
		}
	}
	return list
}

// Raw gives the bytes that came, in which texts stand as they are.
func (c *Collector) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.raw)
}
