// Package ops answers: how is the gateway doing? Health, metrics, reports and profiles, on a listener of their own.
package ops

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"whoseline/docs"
	"whoseline/handlers/edge"
	"whoseline/lookup"
)

// Check is one thing without which the gateway is not ready.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// Options is what the operator's side needs.
type Options struct {
	Hosts    []string // names with a dot by which it may be asked
	Gatherer prometheus.Gatherer
	Ready    []Check
	Margins  func(context.Context, lookup.Span) ([]lookup.Margin, error)
	Desk     http.Handler // everything below /operator and /console; nil = there is no desk
	Now      func() time.Time
	Log      *slog.Logger
}

// readyTimeout bounds the readiness checks, which run side by side.
const readyTimeout = 2 * time.Second

// New gives the operator's side, which has a listener of its own: /metrics, /livez, /readyz, /runbooks, reports and the
// profiler. /livez never asks the database: a database that is away must not restart a gateway.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Gatherer, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", o.readyz)
	mux.HandleFunc("GET /v1/reports/margin", o.marginReport())
	mux.HandleFunc("GET /runbooks", runbook)
	mux.HandleFunc("GET /runbooks/{alert}", runbook)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	if o.Desk != nil {
		mux.Handle("/operator", o.Desk)
		mux.Handle("/operator/", o.Desk)
		mux.Handle("/console", o.Desk)
		mux.Handle("/console/", o.Desk)
	}
	return o.ownHost(mux)
}

// ownHost refuses requests that name another host. A page on the web can point a name of its own to this listener's
// address, and would then read what it says. It cannot do that with an address, nor with a name without a dot.
func (o Options) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
		_, err := netip.ParseAddr(host)
		if err != nil && strings.Contains(host, ".") && !slices.ContainsFunc(o.Hosts, func(own string) bool { return strings.EqualFold(own, host) }) {
			answer(w, http.StatusMisdirectedRequest, map[string]string{"status": "this host is not in ops.hosts"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// run runs the checks side by side.
func run(ctx context.Context, checks []Check) []error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	failed := make([]error, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { failed[i] = check.Run(ctx) })
	}
	all.Wait()
	return failed
}

// readyz runs every check and names those that fail.
func (o Options) readyz(w http.ResponseWriter, r *http.Request) {
	failed := run(r.Context(), o.Ready)
	checks, status := map[string]string{}, http.StatusOK
	for i, check := range o.Ready {
		checks[check.Name] = "ok"
		if failed[i] != nil {
			checks[check.Name], status = failed[i].Error(), http.StatusServiceUnavailable
		}
	}
	state := "ok"
	if status != http.StatusOK {
		state = "not ready"
	}
	answer(w, status, map[string]any{"status": state, "checks": checks})
}

// runbook tells what to do when an alert fires, in the words of docs/runbooks.md. Alerts link to it.
func runbook(w http.ResponseWriter, r *http.Request) {
	text, found := docs.Runbook(r.PathValue("alert"))
	if !found {
		answer(w, http.StatusNotFound, map[string]string{"status": "there is no such alert"})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", edge.JSONType)
	w.WriteHeader(status)
	_, _ = w.Write(edge.Encode(v))
}
