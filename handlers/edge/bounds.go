// Package edge answers: what may come in, how much of it at once, and what do all dialects do alike?
//
// It names no dialect: each gives it its roots, its paths and its way to say no, see Dialect. Requests of HTTP/1.1 are framed here as strictly as a proxy
// frames them. Bodies wait here until a handler asks for them, which it does once it knows who calls. Everything that a
// stranger can make the gateway hold has a bound here, and each bound has counters.
package edge

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds that no operator needs to change.
const (
	MaxHeader  = 12 << 10 // bytes of a request's head: a token of 8 KiB and what else comes with it
	MaxFields  = 100      // header fields of a request
	MaxStreams = 32       // requests at once on a connection of HTTP/2

	MaxBody = 64 << 10 // bytes of a body that people or programs write; few routes take more

	StreamWindow = 64 << 10  // bytes of a body that HTTP/2 takes in before a handler reads
	ConnWindow   = 128 << 10 // the same for all requests of a connection together

	keepDrain = 64 << 10        // bytes of an unread body that are read so that the connection can go on
	lastDrain = 16 << 20        // bytes that are read before a connection is closed, so that its last answer arrives
	drainTime = 5 * time.Second // the most that either takes
)

// Limits are the bounds that an operator sets.
type Limits struct {
	Conns           int // connections at once
	ConnsPerAddress int // from one address; Proxies are exempt
	Requests        int // requests at once
	BodyBytes       int // bytes of bodies that are held at once
	Body            int // bytes of one body, whatever its route would take

	HeaderTime time.Duration // from a request's first byte to the end of its head; also the wait for a new connection's first
	BodyTime   time.Duration // from a handler's first look at a body to its last byte
	IdleTime   time.Duration // between two requests

	Proxies []netip.Prefix
}

// Bounds are the limits with what is used of them. It is a collector of metrics.
type Bounds struct {
	Limits

	Connections Bound
	PerAddress  Bound // the address that has most
	InFlight    Bound // requests
	Bodies      Bound // bytes
	Streams     Bound // requests of the connection of HTTP/2 that has most

	// These only count what they refused.
	Framing, Headers, BodySize, Slow Bound

	draining  atomic.Bool
	mu        sync.Mutex
	addresses map[netip.Addr]int
}

// NewBounds gives bounds of which nothing is used. A limit of 0 bounds nothing.
func NewBounds(l Limits) *Bounds {
	b := &Bounds{Limits: l, addresses: map[netip.Addr]int{}}
	b.Connections.limit, b.PerAddress.limit = int64(l.Conns), int64(l.ConnsPerAddress)
	b.InFlight.limit, b.Bodies.limit, b.Streams.limit = int64(l.Requests), int64(l.BodyBytes), MaxStreams
	b.Headers.limit, b.BodySize.limit = MaxHeader, int64(l.Body)
	return b
}

// Drain ends each connection with its next answer. The caller then opens the next one somewhere else.
func (b *Bounds) Drain() { b.draining.Store(true) }

// Bound is a limit, what is used of it, the most that ever was, and how often it refused. A limit of 0 bounds nothing.
type Bound struct {
	limit               int64
	used, peak, refused atomic.Int64
}

// Take uses so much, unless the sum would be more than the limit.
func (b *Bound) Take(n int64) bool {
	used := b.used.Add(n)
	if b.limit > 0 && used > b.limit {
		b.used.Add(-n)
		b.Refuse()
		return false
	}
	b.Note(used)
	return true
}

// Give returns what Take took.
func (b *Bound) Give(n int64) { b.used.Add(-n) }

// Refuse counts a refusal.
func (b *Bound) Refuse() { b.refused.Add(1) }

// Note remembers the most that was used. It alone serves what somebody else bounds.
func (b *Bound) Note(used int64) {
	for {
		peak := b.peak.Load()
		if used <= peak || b.peak.CompareAndSwap(peak, used) {
			return
		}
	}
}

// Limit is the most that may be used.
func (b *Bound) Limit() int64 { return b.limit }

// Used is what is used now.
func (b *Bound) Used() int64 { return b.used.Load() }

// Peak is the most that was ever used.
func (b *Bound) Peak() int64 { return b.peak.Load() }

// Refused is how often there was no room.
func (b *Bound) Refused() int64 { return b.refused.Load() }
