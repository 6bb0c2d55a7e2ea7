package access

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	shards       = 64
	maxKnown     = 100_000 / shards // callers per shard
	maxUnknown   = 16_384 / shards  // digests of tokens that do not exist, per shard
	readDeadline = 5 * time.Second
)

// generation is what this process has read since the epoch last moved. A flush replaces it as a whole: a read that
// began before the flush ends in the discarded generation, so that an old row can never outlive its change.
type generation struct {
	shards [shards]shard
	reads  singleflight.Group // a flush makes every busy key miss at once; one read per key answers them all
}

type shard struct {
	mu      sync.RWMutex
	known   map[digest]*Caller
	unknown map[digest]struct{}
}

// get gives what is known of a digest: a caller, or nil and true when there is none such.
func (g *generation) get(hash *digest) (c *Caller, settled bool) {
	s := &g.shards[hash[0]%shards]
	s.mu.RLock()
	c, settled = s.known[*hash]
	if !settled {
		_, settled = s.unknown[*hash]
	}
	s.mu.RUnlock()
	return c, settled
}

// put remembers a caller, or with nil that there is none such. A full shard forgets an arbitrary other one.
func (g *generation) put(hash digest, c *Caller) {
	s := &g.shards[hash[0]%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if c == nil {
		s.unknown = bounded(s.unknown, maxUnknown)
		s.unknown[hash] = struct{}{}
		return
	}
	s.known = bounded(s.known, maxKnown)
	s.known[hash] = c
}

// bounded gives a map with room for one more entry.
func bounded[V any](m map[digest]V, limit int) map[digest]V {
	if m == nil {
		return make(map[digest]V)
	}
	for hash := range m {
		if len(m) < limit {
			break
		}
		delete(m, hash)
	}
	return m
}

// load reads a caller through read, once for all who ask at the same time, and remembers it. The read has a deadline
// of its own, because the one who happened to ask first may leave.
func (g *generation) load(ctx context.Context, hash digest, read func(context.Context) (*Caller, error)) (*Caller, error) {
	done := g.reads.DoChan(string(hash[:]), func() (_ any, err error) {
		defer func() { // this runs in a goroutine of its own, where a driver's panic would end the process
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), readDeadline)
		defer cancel()
		c, err := read(own)
		if err == nil {
			g.put(hash, c)
		}
		return c, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-done:
		c, _ := result.Val.(*Caller)
		return c, result.Err
	}
}
