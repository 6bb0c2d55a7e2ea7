package webhooks

import "time"

// lane is the queue in front of one endpoint.
type lane struct{ businessID, endpointID string }

// head is a lane and the time at which its first delivery is due.
type head struct {
	lane
	nextAt time.Time
}

// take is how many deliveries to lease from a lane.
type take struct {
	lane
	count int
}

// slots are a process's places for attempts. One endpoint holds at most perEndpoint of them, one business a quarter of
// all. An endpoint that did not answer last time, or was slow, is a suspect until it does. A suspect holds one slot,
// and all suspects together hold at most half. However many receivers hang, the others have room.
type slots struct {
	all, perEndpoint int
	busy             int
	lanes            map[lane]int
	businesses       map[string]int
	suspects         map[lane]bool
	suspectBusy      int
}

// maxSuspects bounds what is remembered of failing endpoints.
const maxSuspects = 10_000

func newSlots(all, perEndpoint int) *slots {
	return &slots{
		all: all, perEndpoint: min(perEndpoint, all),
		lanes: map[lane]int{}, businesses: map[string]int{}, suspects: map[lane]bool{},
	}
}

func (s *slots) full() bool { return s.busy >= s.all }

// free tells whether one more attempt may go to the lane.
func (s *slots) free(l lane) bool {
	if s.full() || s.businesses[l.businessID] >= max(s.all/4, s.perEndpoint) {
		return false
	}
	if s.suspects[l] {
		return s.lanes[l] == 0 && s.suspectBusy < max(s.all/2, 1)
	}
	return s.lanes[l] < s.perEndpoint
}

func (s *slots) occupy(l lane) {
	s.busy++
	s.lanes[l]++
	s.businesses[l.businessID]++
	if s.suspects[l] {
		s.suspectBusy++
	}
}

func (s *slots) vacate(l lane) {
	s.busy--
	if s.lanes[l]--; s.lanes[l] == 0 {
		delete(s.lanes, l)
	}
	if s.businesses[l.businessID]--; s.businesses[l.businessID] == 0 {
		delete(s.businesses, l.businessID)
	}
	if s.suspects[l] {
		s.suspectBusy--
	}
}

// judge remembers whether an endpoint answered in good time. Its attempts that are under way count as what it now is.
func (s *slots) judge(l lane, answered bool) {
	if s.suspects[l] != answered {
		return
	}
	if answered {
		s.suspectBusy -= s.lanes[l]
		delete(s.suspects, l)
		return
	}
	for other := range s.suspects {
		if len(s.suspects) < maxSuspects {
			break
		}
		s.suspectBusy -= s.lanes[other]
		delete(s.suspects, other)
	}
	s.suspects[l] = true
	s.suspectBusy += s.lanes[l]
}

// share gives the free slots to the lanes that are due: one each in their order, then one more each, until none is
// left. It occupies the slots. last is the last lane that was considered. When the slots ran out in the first round,
// the lanes behind it come first next time.
func (s *slots) share(heads []head, now time.Time) (takes []take, last lane) {
	place := map[lane]int{}
	for round := 0; round < s.perEndpoint && !s.full(); round++ {
		given := false
		for _, h := range heads {
			if s.full() {
				break
			}
			if round == 0 {
				last = h.lane
			}
			if h.nextAt.After(now) || !s.free(h.lane) {
				continue
			}
			s.occupy(h.lane)
			given = true
			if _, known := place[h.lane]; !known {
				place[h.lane] = len(takes)
				takes = append(takes, take{lane: h.lane})
			}
			takes[place[h.lane]].count++
		}
		if !given {
			break
		}
	}
	return takes, last
}
