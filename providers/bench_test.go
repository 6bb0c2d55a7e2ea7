package providers

import (
	"testing"
)

// The price of the router around an in-process source: two clock readings, a deadline, breaker, bulkhead and metrics.
func BenchmarkRouter(b *testing.B) {
	for name, breakerless := range map[string]bool{"breaker": false, "breakerless": true} {
		b.Run(name, func(b *testing.B) {
			candidates := []Candidate{NewSandbox(nil).Candidate(0)}
			r := newRouter(RouterOptions{Candidates: candidates, Breakerless: breakerless})
			q := question(b, "08000000000")
			b.ReportAllocs()
			for b.Loop() {
				r.Owners(b.Context(), q)
			}
		})
	}
}
