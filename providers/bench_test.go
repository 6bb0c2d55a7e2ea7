package providers

import (
	"context"
	"io"
	"testing"
)

// The price of the router around an in-process source: two clock readings, a deadline, breaker, bulkhead and metrics.
func BenchmarkRouter(b *testing.B) {
	for name, breakerless := range map[string]bool{"breaker": false, "breakerless": true} {
		b.Run(name, func(b *testing.B) {
			candidates, err := Sources([]string{"sandbox"}, Parts{})
			if err != nil {
				b.Fatal(err)
			}
			r := NewRouter(RouterOptions{Candidates: candidates, Breakerless: breakerless})
			q := question(b, "08000000000")
			b.ReportAllocs()
			for b.Loop() {
				r.Owners(b.Context(), q)
			}
		})
	}
}

func BenchmarkImport(b *testing.B) {
	b.ReportAllocs()
	d := newDirectory(blackHole{&shelf{}})
	for b.Loop() {
		if _, err := d.Import(b.Context(), io.Reader(&endless{last: 100_000}), ImportOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// blackHole keeps nothing of what it is given.
type blackHole struct{ *shelf }

func (blackHole) Add(context.Context, []DirectoryRow) (int, int, error) { return 0, 0, nil }
