package directory

import (
	"context"
	"io"
	"testing"
)

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

func (blackHole) Add(context.Context, []Row) (int, int, error) { return 0, 0, nil }
