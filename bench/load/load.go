//go:build linux

// Package load answers: how many requests a second does an HTTP server answer, and how long does each take?
//
// It is a closed loop over keep-alive connections: each sends its next request when the answer to the last one is
// whole. As it shares the machine with what it measures, it is made to cost little: requests are made beforehand,
// answers are parsed no further than their length, and one thread serves every connection through epoll.
package load

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Plan is one run.
type Plan struct {
	Addr     string // host:port, an IPv4 address
	Conns    int
	Warm     time.Duration // load before the measurement
	Duration time.Duration // of the measurement
	Requests [][]byte      // whole requests; each is drawn with equal chance
	// Next gives a connection's next request instead, after the answer to its last one; nil = it was no 2xx, or there was none.
	Next func(conn int, answer []byte) []byte
	Mark func() // called when the measurement begins and when it ends
}

// Result is what was measured between the two marks.
type Result struct {
	OK      int // answers with a status of 2xx
	Refused int // answers with any other status
	Errors  int // connections that broke or sent what is no answer
	Elapsed time.Duration
	CPU     time.Duration // of the thread that made the load
	micros  []uint32      // of each OK, sorted
}

// PerSecond is the number of 2xx answers per second.
func (r Result) PerSecond() float64 { return float64(r.OK) / r.Elapsed.Seconds() }

// Quantile gives the time within which the share q of the 2xx answers came.
func (r Result) Quantile(q float64) time.Duration {
	if len(r.micros) == 0 {
		return 0
	}
	at := min(int(q*float64(len(r.micros))), len(r.micros)-1)
	return time.Duration(r.micros[at]) * time.Microsecond
}

// Run loads the server until the plan's time is over or ctx ends. It returns after the last answer has come, so that
// nothing of it disturbs what is measured next.
func Run(ctx context.Context, plan Plan) (Result, error) {
	addr, err := netip.ParseAddrPort(plan.Addr)
	if err != nil {
		return Result{}, fmt.Errorf("load: address: %w", err)
	}
	if !addr.Addr().Is4() {
		return Result{}, fmt.Errorf("load: address %s is not IPv4", plan.Addr)
	}
	run, err := open(plan, addr)
	if err != nil {
		return Result{}, fmt.Errorf("load: connect: %w", err)
	}
	defer run.close()
	if err := run.loop(ctx); err != nil {
		return run.result, fmt.Errorf("load: %w", err)
	}
	slices.Sort(run.result.micros)
	return run.result, nil
}

// Post makes a POST request of a JSON body with a `token` header.
func Post(host, path, token, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n", path, host)
	fmt.Fprintf(&b, "token: %s\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body)
	return b.Bytes()
}
