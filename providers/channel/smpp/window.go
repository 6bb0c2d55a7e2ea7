package smpp

import (
	"context"
	"sync"
)

// window bounds how many submits are under way. It halves when the message centre complains and grows by one each time
// that as many submits as it holds were taken.
type window struct {
	places chan struct{}

	mu       sync.Mutex
	most     int
	limit    int
	withheld int // places that are neither free nor taken
	taken    int // submits since the size last changed
}

func newWindow(most int) *window {
	w := &window{places: make(chan struct{}, most), most: most, limit: most}
	for range most {
		w.places <- struct{}{}
	}
	return w
}

func (w *window) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.limit
}

func (w *window) enter(ctx context.Context) error {
	select {
	case <-w.places:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave gives a place back: the message centre took the submit, or complained about how many there were, or neither.
func (w *window) leave(took, complained bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case complained:
		w.limit, w.taken = max(1, w.limit/2), 0
	case took:
		w.taken++
		if w.taken >= w.limit && w.limit < w.most {
			w.limit, w.taken = w.limit+1, 0
		}
	}
	w.withheld++
	for ; w.withheld > w.most-w.limit; w.withheld-- {
		w.places <- struct{}{} // never blocks: there are as many as the channel holds
	}
}
