package billing

import (
	"context"
	"runtime"
)

// pageOf reads the part of a chain behind one number up to another, and does with it whatever needs no other part.
type pageOf[P any] func(ctx context.Context, after, upTo int64) (P, error)

// ahead reads the pages of a chain up to its last number, several at once, and hands them to use in their order, until it finds a
// lie. So the database and every processor have something to do, though a chain is followed link by link.
func ahead[P any](ctx context.Context, last int64, read pageOf[P], use func(page P) (*Lie, error)) (*Lie, error) {
	type result struct {
		page P
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan chan result, runtime.GOMAXPROCS(0))
	go func() {
		defer close(queue)
		for after := int64(0); after < last && ctx.Err() == nil; after += verifyPage {
			ready := make(chan result, 1)
			queue <- ready
			go func() {
				page, err := read(ctx, after, min(after+verifyPage, last))
				ready <- result{page, err}
			}()
		}
	}()
	var lie *Lie
	var failed error
	for ready := range queue { // also when it is over: nobody is left behind
		r := <-ready
		if lie != nil || failed != nil {
			continue
		}
		if failed = r.err; failed == nil {
			lie, failed = use(r.page)
		}
		if lie != nil || failed != nil {
			cancel()
		}
	}
	return lie, failed
}
