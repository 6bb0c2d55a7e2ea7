package main

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// callers is how many call honestly, each this often.
const (
	callers = 8
	every   = 100 * time.Millisecond
)

// told is what honest callers met in a round.
type told struct {
	mu     sync.Mutex
	took   []time.Duration
	failed int
	rss    int64         // the most
	cpu    time.Duration // of the gateway
}

func (r *told) p99() float64 {
	list := slices.Sorted(slices.Values(r.took))
	if len(list) == 0 {
		return 0
	}
	return float64(list[len(list)*99/100].Microseconds()) / 1000
}

// round lets honest callers call for a while, beside an attack if there is one.
func (g *gateway) round(ctx context.Context, a *attack) *told {
	relent := func() {}
	if a != nil {
		relent = g.attack(*a)
	}
	var honest sync.WaitGroup
	limited, done := context.WithTimeout(ctx, *length)
	defer done()
	r := &told{cpu: -g.cpu()}
	for n := range callers {
		honest.Go(func() {
			rest(limited, every*time.Duration(n)/callers)
			r.call(limited, g)
		})
	}
	for rest(limited, 100*time.Millisecond) {
		r.rss = max(r.rss, g.rss())
	}
	r.cpu += g.cpu()
	honest.Wait()
	relent()
	rest(ctx, time.Second)
	return r
}

func (r *told) call(ctx context.Context, g *gateway) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	for next := time.Now(); rest(ctx, time.Until(next)); next = next.Add(every) {
		began := time.Now()
		ok := lookup(client, g)
		took := time.Since(began)
		r.mu.Lock()
		r.took = append(r.took, took)
		if !ok {
			r.failed++
		}
		r.mu.Unlock()
	}
}

// lookup is what an honest caller wants. Its own deadline bounds it.
func lookup(client *http.Client, g *gateway) bool {
	request, err := http.NewRequest(http.MethodPost, "http://"+g.HTTP+path, strings.NewReader(question))
	if err != nil {
		return false
	}
	request.Header = http.Header{"Token": {g.LiveToken}, "Content-Type": {"application/json"}}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}

// rest waits, and tells whether there is more to do.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
