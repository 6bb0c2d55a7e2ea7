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
	maxKnown     = 100_000 / shards // values of a kind per shard
	maxUnknown   = 16_384 / shards  // digests of tokens that do not exist, per shard
	readDeadline = 5 * time.Second
)

// memory is all that this process has read since the epoch last moved. A flush replaces it as a whole. A read that
// began before the flush ends in the discarded memory, so that an old row cannot outlive its change.
type memory struct {
	callers  generation[Caller]
	clients  generation[PartnerClient] // by dialect and client id
	dialects generation[openDialect]   // by business and dialect
	issuers  generation[trusted]       // by name
	terms    generation[Terms]         // by business
	holders  generation[Caller]        // by business and id of a key
}

func (m *memory) holdersOf() *generation[Caller] { return &m.holders }

// generation is one kind of what is remembered.
type generation[T any] struct {
	shards [shards]shard[T]
	reads  singleflight.Group // a flush makes every busy key miss at once; one read per key answers them all
}

type shard[T any] struct {
	mu      sync.RWMutex
	known   map[digest]*T
	unknown map[digest]struct{}
}

// recall gives what is remembered under a digest, or reads it. It gives nil when the database has none.
func recall[T any](
	ctx context.Context, k *Keys, kind func(*memory) *generation[T], hash digest, read func(context.Context) (*T, error),
) (*T, error) {
	if k.trusted(k.world.Now()) { // asked first: what is remembered is then at least as new as the poll that made it trusted
		if found, settled := kind(k.seen.Load()).get(&hash); settled {
			return found, nil
		}
	}
	return kind(k.seen.Load()).load(ctx, hash, read)
}

// get gives what is known of a digest: a value, or nil and true when the database has none.
func (g *generation[T]) get(hash *digest) (found *T, settled bool) {
	s := &g.shards[hash[0]%shards]
	s.mu.RLock()
	found, settled = s.known[*hash]
	if !settled {
		_, settled = s.unknown[*hash]
	}
	s.mu.RUnlock()
	return found, settled
}

// put remembers a value. With nil it remembers that the database has none. A full shard forgets an arbitrary other one.
func (g *generation[T]) put(hash digest, found *T) {
	s := &g.shards[hash[0]%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if found == nil {
		s.unknown = bounded(s.unknown, maxUnknown)
		s.unknown[hash] = struct{}{}
		return
	}
	s.known = bounded(s.known, maxKnown)
	s.known[hash] = found
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

// load reads a value through read, once for all who ask at the same time, and remembers it. The read has a deadline
// of its own, because the one who happened to ask first may leave.
func (g *generation[T]) load(ctx context.Context, hash digest, read func(context.Context) (*T, error)) (*T, error) {
	done := g.reads.DoChan(string(hash[:]), func() (_ any, err error) {
		defer func() { // this runs in a goroutine of its own, where a driver's panic would end the process
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), readDeadline)
		defer cancel()
		found, err := read(own)
		if err == nil {
			g.put(hash, found)
		}
		return found, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-done:
		found, _ := result.Val.(*T)
		return found, result.Err
	}
}
