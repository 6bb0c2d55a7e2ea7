package providers

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

// BenchmarkBesideAHangingSource reports how much a source that hangs moves the 99th percentile of another one: the
// ratio p99÷calm of questions that go to a good source (5 ms) while as many others go to one that never answers, and of the
// same questions on their own, the median over the rounds. 1.10 is the most that it should be; on a machine that does other
// things meanwhile it takes many rounds: -benchtime=21x.
func BenchmarkBesideAHangingSource(b *testing.B) {
	steady := source(func(ctx context.Context, _ lookup.Question) lookup.Finding {
		_ = gate.Sleep(ctx, 5*time.Millisecond)
		return answer(models.OutcomeFound)
	})
	hangs := source(func(ctx context.Context, _ lookup.Question) lookup.Finding {
		<-ctx.Done()
		return lookup.Finding{Outcome: models.OutcomeTimeout, Err: ctx.Err()}
	})
	r := newRouter(RouterOptions{Candidates: []Candidate{
		{Name: "good", Source: steady}, {Name: "hanging", Source: hangs, Limits: gate.Limits{Timeout: 200 * time.Millisecond}},
	}})
	var ratios []float64
	for b.Loop() {
		calm := p99(b, r)
		stop := besieged(b, r)
		ratios = append(ratios, float64(p99(b, r))/float64(calm))
		stop()
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "p99÷calm")
}

// p99 is the time within which 99 of 100 questions to the good source are answered, eight at a time.
func p99(b *testing.B, r *Router) time.Duration {
	const workers, each = 8, 100
	q := question(b, "08031234567")
	q.Routing.Sources = []string{"good"}
	var took [workers * each]time.Duration
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range each {
				start := time.Now()
				if got := r.Owners(b.Context(), q); got.Outcome != models.OutcomeFound {
					b.Error(got.Outcome)
				}
				took[w*each+i] = time.Since(start)
			}
		})
	}
	all.Wait()
	slices.Sort(took[:])
	return took[len(took)*99/100]
}

// besieged keeps asking the source that hangs, eight at a time and a hundred times a second each, until it is stopped.
func besieged(b *testing.B, r *Router) (stop func()) {
	q := question(b, "08051234567")
	q.Routing.Sources = []string{"hanging"}
	var over atomic.Bool
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for !over.Load() {
				r.Owners(b.Context(), q)
				<-time.After(10 * time.Millisecond)
			}
		})
	}
	return func() { over.Store(true); all.Wait() }
}
