package simulator

import (
	"strconv"
	"testing"
)

func TestAFullShelfForgetsItsOldestThing(t *testing.T) {
	t.Parallel()
	s := newShelf[int](3)
	for i := range 10 {
		if !s.add(strconv.Itoa(i), i) || s.add(strconv.Itoa(i), -1) {
			t.Errorf("%d: a name can be taken once", i)
		}
	}
	for i := range 10 {
		got, kept := s.get(strconv.Itoa(i))
		if kept != (i >= 7) || kept && got != i {
			t.Errorf("%d: %d %v", i, got, kept)
		}
	}
	if len(s.items) != 3 || len(s.order) != 3 {
		t.Errorf("%d things, %d names", len(s.items), len(s.order))
	}
}

func TestLikenessIsThatOfJaroAndWinkler(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"MARTHA", "marhta", 96}, {"DIXON", "DICKSONX", 81}, {"DWAYNE", "DUANE", 84}, {"abc", "xyz", 0}, {"", "x", 0}} {
		if got := likeness(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %d, not %d", c.a, c.b, got, c.want)
		}
	}
}
