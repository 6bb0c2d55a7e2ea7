package models_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"whoseline/models"
)

func TestIdsAreUniqueAlsoWhenManyAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	const makers, each = 8, 2000
	world := models.RealWorld()
	made := make([][]string, makers)
	var done sync.WaitGroup
	for i := range made {
		done.Go(func() {
			for range each {
				made[i] = append(made[i], world.NewID())
			}
		})
	}
	done.Wait()
	seen := map[string]bool{}
	for _, id := range slices.Concat(made...) {
		if !models.IsID(id) || seen[id] {
			t.Fatalf("id %q is malformed or was made twice", id)
		}
		seen[id] = true
	}
}

func TestTwoProcessesMakeDifferentIds(t *testing.T) {
	t.Parallel()
	one, other := models.RealWorld(), models.RealWorld()
	if a, b := one.NewID(), other.NewID(); a == b || a[12:18] == b[12:18] {
		t.Errorf("%s and %s", a, b)
	}
}

func TestAnIDBeginsWithTheSecondAndThenTheMillisecondOfItsMaking(t *testing.T) {
	t.Parallel()
	world := models.RealWorld()
	from := models.IDAt(world.Now())
	id := world.NewID()
	to := models.IDAt(world.Now().Add(time.Second))
	if id < from || id >= to {
		t.Errorf("%s is not between %s and %s", id, from, to)
	}
	if ms := id[8:12]; ms >= "03e8" {
		t.Errorf("%s has %s milliseconds", id, ms)
	}
	if zone, _ := world.Now().Zone(); zone != "UTC" {
		t.Errorf("the clock shows %s", zone)
	}
}

func TestTheSmallestIDOfASecondLeavesItsFractionOut(t *testing.T) {
	t.Parallel()
	at := time.Date(2021, 12, 15, 0, 20, 53, 143e6, time.FixedZone("WAT", 3600))
	if got, want := models.IDAt(at), "61b926d50000000000000000"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := models.IDAt(time.Unix(-5, 0)), "000000000000000000000000"; got != want {
		t.Errorf("before 1970: got %s, want %s", got, want)
	}
	if a, b := models.IDAt(at), models.IDAt(at.Add(time.Second)); a >= b {
		t.Errorf("%s does not come before %s", a, b)
	}
}

func TestAnIDIsTwentyFourLowerCaseHexDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"61b934dfaab326675cdfaab3": true, "000000000000000000000000": true, "61B934DFAAB326675CDFAAB3": false, "": false,
		"61b934dfaab326675cdfaab": false, "61b934dfaab326675cdfaab326": false, "61b934dfaab326675cdfaabg": false,
		"61b934dfaab326675cdfaab\x00": false, " 1b934dfaab326675cdfaab3": false,
	} {
		if models.IsID(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}
