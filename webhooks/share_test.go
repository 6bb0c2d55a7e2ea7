package webhooks

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func headsFor(lanes ...string) (heads []head) {
	for _, name := range lanes {
		heads = append(heads, head{lane{name[:1], name}, noon})
	}
	return heads
}

func counts(takes []take) map[string]int {
	all := map[string]int{}
	for _, t := range takes {
		all[t.endpointID] = t.count
	}
	return all
}

func TestSlotsAreSharedEvenly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		all, each int
		heads     []head
		want      map[string]int
	}{
		"one alone takes its limit":        {40, 4, headsFor("a1"), map[string]int{"a1": 4}},
		"all get one before any gets two":  {5, 4, headsFor("a1", "b1", "c1"), map[string]int{"a1": 2, "b1": 2, "c1": 1}},
		"a business gets a quarter of all": {16, 3, headsFor("a1", "a2", "a3", "b1"), map[string]int{"a1": 2, "a2": 1, "a3": 1, "b1": 3}},
		"what is not due gets nothing":     {8, 2, append(headsFor("a1"), head{lane{"b", "b1"}, noon.Add(1)}), map[string]int{"a1": 2}},
	} {
		takes, _ := newSlots(c.all, c.each).share(c.heads, noon)
		if diff := cmp.Diff(c.want, counts(takes)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhoeverGotNothingComesFirstTheNextTime(t *testing.T) {
	t.Parallel()
	s, heads := newSlots(2, 1), headsFor("a1", "b1", "c1", "d1")
	takes, last := s.share(heads, noon)
	if last.endpointID != "b1" || len(takes) != 2 {
		t.Fatalf("%+v, last %+v", takes, last)
	}
	for _, given := range takes {
		s.vacate(given.lane)
	}
	takes, last = s.share(heads[2:], noon)
	if diff := cmp.Diff(map[string]int{"c1": 1, "d1": 1}, counts(takes)); diff != "" || last.endpointID != "d1" {
		t.Errorf("%s, last %+v", diff, last)
	}
}

func TestSuspectsTogetherHoldHalfOfTheSlotsAtMost(t *testing.T) {
	t.Parallel()
	s := newSlots(8, 4)
	heads := headsFor("a1", "b1", "c1", "d1", "e1", "f1", "z1")
	for _, h := range heads[:6] {
		s.judge(h.lane, false)
	}
	takes, _ := s.share(heads, noon)
	want := map[string]int{"a1": 1, "b1": 1, "c1": 1, "d1": 1, "z1": 4}
	if diff := cmp.Diff(want, counts(takes)); diff != "" {
		t.Error(diff)
	}
	s.judge(heads[0].lane, true)
	if s.vacate(heads[6].lane); !s.free(heads[0].lane) || !s.free(heads[4].lane) || s.free(heads[1].lane) {
		t.Error("a receiver that answers again is no suspect, and makes room for another one")
	}
}

func TestSlotsAreNeverOverdrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newSlots(rapid.IntRange(1, 12).Draw(t, "all"), rapid.IntRange(1, 12).Draw(t, "each"))
		var held []lane
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			l := lane{fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "b")), fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "e"))}
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				takes, _ := s.share([]head{{l, noon}, {lane{"x", "x"}, noon.Add(time.Duration(len(held)%2) * time.Hour)}}, noon)
				for _, given := range takes {
					for range given.count {
						held = append(held, given.lane)
					}
				}
			case 1:
				s.judge(l, rapid.Bool().Draw(t, "answered"))
			case 2:
				if len(held) > 0 {
					s.vacate(held[0])
					held = held[1:]
				}
			}
			checkSlots(t, s, held)
		}
	})
}

func checkSlots(t *rapid.T, s *slots, held []lane) {
	each, suspects := map[lane]int{}, 0
	for _, l := range held {
		if each[l]++; s.suspects[l] {
			suspects++
		}
	}
	if diff := cmp.Diff(each, s.lanes, cmp.AllowUnexported(lane{})); diff != "" {
		t.Fatal(diff)
	}
	if s.busy != len(held) || s.busy > s.all || s.suspectBusy != suspects {
		t.Fatalf("%d held: %+v", len(held), s)
	}
	for l, n := range each {
		if n > s.perEndpoint {
			t.Fatalf("%v holds %d", l, n)
		}
	}
}

func TestTheMemoryOfSuspectsIsBounded(t *testing.T) {
	t.Parallel()
	s := newSlots(8, 4)
	for i := range 2 * maxSuspects {
		s.judge(lane{"b", fmt.Sprint(i)}, false)
	}
	if len(s.suspects) != maxSuspects {
		t.Errorf("%d are remembered", len(s.suspects))
	}
}
