package access

import (
	"hash/maphash"
	"maps"
	"sync"
	"time"

	"whoseline/models"
)

const maxBuckets = 100_000 / shards // per shard

// Limiter lets each key through so many times a second, and as many at once after a pause. It counts within this
// process only: n gateways together let n times as much through.
type Limiter struct {
	now    func() time.Time
	seed   maphash.Seed
	shards [shards]bucketShard
}

// bucketShard keeps for each key the time at which its bucket will be full again, in Unix nanoseconds. A bucket that
// is full tells nothing that its absence does not: it can be dropped at any time.
type bucketShard struct {
	mu    sync.Mutex
	full  map[string]int64
	swept int64
}

// Decision is the answer to one request, with what the RateLimit headers need.
type Decision struct {
	Allowed    bool
	Limit      int           // requests per second; 0 = no limit, and then nothing else is set
	Remaining  int           // requests that would be let through right now
	Reset      time.Duration // until the full burst is there again
	RetryAfter time.Duration // until the next request would be let through; 0 when this one was
}

// NewLimiter takes its time from the world.
func NewLimiter(world models.World) *Limiter {
	return &Limiter{now: world.Now, seed: maphash.MakeSeed()}
}

// Allow counts one request of a key that may make perSecond of them; 0 lets everything through and counts nothing.
func (l *Limiter) Allow(keyID string, perSecond int) Decision {
	if perSecond <= 0 {
		return Decision{Allowed: true}
	}
	now := l.now().UnixNano()
	s := &l.shards[maphash.String(l.seed, keyID)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	full, d := spend(s.full[keyID], now, min(perSecond, maxRate))
	if d.Allowed {
		s.keep(keyID, full, now)
	}
	return d
}

// Return takes back that a request was counted which Allow let through.
func (l *Limiter) Return(keyID string, perSecond int) {
	if perSecond <= 0 {
		return
	}
	s := &l.shards[maphash.String(l.seed, keyID)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if full, counted := s.full[keyID]; counted {
		s.full[keyID] = full - int64(time.Second)/int64(min(perSecond, maxRate))
	}
}

// spend takes one request out of a bucket that will be full at the given time. It is the generic cell rate algorithm:
// each request moves that time by its share of a second, and a bucket holds one second's requests.
func spend(full, now int64, perSecond int) (int64, Decision) {
	share := int64(time.Second) / int64(perSecond)
	room := share * int64(perSecond)
	if full < now || full > now+room { // full long since, or the clock was set back
		full = now
	}
	d := Decision{Limit: perSecond, Allowed: full+share <= now+room}
	if d.Allowed {
		full += share
	} else {
		d.RetryAfter = time.Duration(full + share - room - now)
	}
	d.Remaining = int((now + room - full) / share)
	d.Reset = time.Duration(full - now)
	return full, d
}

// keep remembers a bucket. When there are too many, the full ones go. That search is slow, so it runs once a second at
// most. Otherwise an arbitrary bucket goes, and its key gains one burst.
func (s *bucketShard) keep(keyID string, full, now int64) {
	if s.full == nil {
		s.full = make(map[string]int64)
	}
	if _, there := s.full[keyID]; !there && len(s.full) >= maxBuckets {
		s.makeRoom(now)
	}
	s.full[keyID] = full
}

func (s *bucketShard) makeRoom(now int64) {
	if now-s.swept >= int64(time.Second) || now < s.swept {
		s.swept = now
		maps.DeleteFunc(s.full, func(_ string, full int64) bool { return full <= now })
	}
	for key := range s.full {
		if len(s.full) < maxBuckets {
			return
		}
		delete(s.full, key)
	}
}
