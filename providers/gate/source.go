package gate

import (
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// DataSource is what several providers themselves ask, such as NIMC. While it is away, going from one of them to the
// next does not help. So it has a breaker of its own, outside theirs. Faults of a provider do not count for it.
type DataSource struct {
	name    string
	Breaker *Breaker
	reports []atomic.Int64 // by member: Unix nanoseconds of the last time that it said that the source is away
	now     func() time.Time
}

// NewDataSource makes one that so many providers ask.
func NewDataSource(name string, members int, o Options) *DataSource {
	s := &DataSource{name: name, reports: make([]atomic.Int64, members), now: o.Now}
	s.Breaker = newBreaker(name, o, func(c gobreaker.Counts) bool { return s.believed() && readyToTrip(c) })
	return s
}

// believed tells whether enough providers have said lately that the source is away: two, unless there is only one. One
// of several may just have trouble of its own, for which the others must not be closed.
func (s *DataSource) believed() bool {
	since := s.now().Add(-BreakerWindow).UnixNano()
	said := 0
	for i := range s.reports {
		if s.reports[i].Load() > since {
			said++
		}
	}
	return said >= min(2, len(s.reports))
}

// Allow tells whether the providers that ask the source may be asked. A nil source allows it: the provider has its own.
func (s *DataSource) Allow() (report func(error), ok bool) {
	if s == nil {
		return nil, true
	}
	return s.Breaker.Allow()
}

// Report tells what came of an exchange with one of the providers.
func (s *DataSource) Report(done func(error), member int, e Effect) {
	if s == nil {
		return
	}
	if e == Hurts {
		s.reports[member].Store(s.now().UnixNano())
	}
	s.Breaker.Report(done, e)
}

// StillShut tells whether the pause is not over yet.
func (s *DataSource) StillShut() bool { return s != nil && s.Breaker.StillShut() }

// ShutUntil is when the pause ends, zero when there is none.
func (s *DataSource) ShutUntil() time.Time {
	if s == nil {
		return time.Time{}
	}
	return s.Breaker.ShutUntil()
}
