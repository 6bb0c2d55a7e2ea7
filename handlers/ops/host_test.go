package ops

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// A page on the web may give its own name this listener's address. It must not read what the listener says.
func TestTheOperatorsSideAnswersToNoForeignName(t *testing.T) {
	t.Parallel()
	ops := New(Options{Hosts: []string{"metrics.acme.example"}, Gatherer: prometheus.NewRegistry()})
	for host, want := range map[string]int{
		"127.0.0.1:9464": 200, "[::1]:9464": 200, "[::1]": 200, "localhost:9464": 200, "whoseline:9464": 200, "10.1.2.3": 200,
		"metrics.acme.example:9464": 200, "METRICS.acme.example.": 200, "evil.example": 421, "evil.example:9464": 421,
		"127.0.0.1.evil.example": 421, "acme.example": 421,
	} {
		for _, path := range []string{"/livez", "/metrics", "/debug/pprof/"} {
			q := httptest.NewRequest(http.MethodGet, path, http.NoBody)
			q.Host = host
			w := httptest.NewRecorder()
			ops.ServeHTTP(w, q)
			if w.Code != want {
				t.Errorf("%s%s: %d, want %d", host, path, w.Code, want)
			}
		}
	}
}
