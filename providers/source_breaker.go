package providers

import (
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// dataSource is what several providers themselves ask, such as NIMC. When it is away, going from one of them to the next
// does not help, so it has a breaker of its own, inside which theirs stand. Faults of a provider do not touch it.
type dataSource struct {
	name    string
	breaker *breaker
	reports []atomic.Int64 // by member: Unix nanoseconds of the last time that it said that the source is away
	now     func() time.Time
}

func newDataSource(name string, members int, o RouterOptions) *dataSource {
	s := &dataSource{name: name, reports: make([]atomic.Int64, members), now: o.Now}
	s.breaker = newBreaker(name, o, func(c gobreaker.Counts) bool { return s.believed() && readyToTrip(c) })
	return s
}

// believed tells whether enough providers have lately said that the source is away: two, unless there is only one. What
// one of several says may be its own trouble, for which the others must not be closed.
func (s *dataSource) believed() bool {
	since := s.now().Add(-breakerWindow).UnixNano()
	said := 0
	for i := range s.reports {
		if s.reports[i].Load() > since {
			said++
		}
	}
	return said >= min(2, len(s.reports))
}

// allow tells whether anybody who asks the source may be asked. A nil one is nobody's but the provider's own.
func (s *dataSource) allow() (report func(error), ok bool) {
	if s == nil {
		return nil, true
	}
	return s.breaker.allow()
}

func (s *dataSource) report(done func(error), member int, e effect) {
	if s == nil {
		return
	}
	if e == hurts {
		s.reports[member].Store(s.now().UnixNano())
	}
	s.breaker.report(done, e)
}

func (s *dataSource) stillShut() bool { return s != nil && s.breaker.stillShut() }

func (s *dataSource) shutUntil() time.Time {
	if s == nil {
		return time.Time{}
	}
	return s.breaker.shutUntil()
}

// sharedSources finds what is asked by way of several candidates, or by one that names it.
func sharedSources(o RouterOptions) map[string]*dataSource {
	members := map[string]int{}
	for _, c := range o.Candidates {
		if c.Data != "" {
			members[c.Data]++
		}
	}
	shared := make(map[string]*dataSource, len(members))
	for name, n := range members {
		shared[name] = newDataSource(name, n, o)
	}
	return shared
}
