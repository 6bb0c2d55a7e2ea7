package billing

import (
	"reflect"
	"testing"

	"whoseline/models"
)

func TestATallyFollowsEachWalletThroughTheBatch(t *testing.T) {
	t.Parallel()
	ended := func(business string, status models.Status, held, charged int64) *op {
		l := filled()
		l.BusinessID, l.ID, l.Status, l.Held, l.Charged = business, newID(), status, held, charged
		return newSettle(SettleOrder{Lookup: l})
	}
	got := tallyOf([]*op{
		ended("b", models.StatusFound, 50, 50),
		ended("a", models.StatusFailed, 30, 0),
		ended("b", models.StatusNotFound, 50, 20),
		ended("b", models.StatusPending, 50, 0),
		ended("b", models.StatusFound, 50, 50),
	}, oneKey{})
	if want := []string{"a", "b"}; !reflect.DeepEqual(got.businesses, want) {
		t.Errorf("wallets %v, want %v", got.businesses, want)
	}
	for name, sums := range map[string][2][]int64{
		"each operation's wallet": {got.at, {2, 1, 2, 2, 2}},
		"out of the held money":   {got.amount, {30, 150}},
		"of it back":              {got.back, {30, 30}},
		"transfers":               {got.number, {1, 4}},
	} {
		if !reflect.DeepEqual(sums[0], sums[1]) {
			t.Errorf("%s: %v, want %v", name, sums[0], sums[1])
		}
	}
	if want := []standing{{0, 1}, {30, 0}, {30, 2}, {30, 0}, {30, 4}}; !reflect.DeepEqual(got.steps, want) {
		t.Errorf("after each operation: %v, want %v", got.steps, want)
	}
	var entries, back []int64
	for _, m := range got.moves {
		entries, back = append(entries, m.entry), append(back, m.back)
	}
	if !reflect.DeepEqual(entries, []int64{1, 1, 2, 3, 4}) || !reflect.DeepEqual(back, []int64{0, 30, 0, 30, 30}) {
		t.Errorf("transfers are numbered %v and stand at %v", entries, back)
	}
	if len(got.digests[0]) != 32 || len(got.digests[1]) != 4*32 {
		t.Errorf("digests of %d and %d bytes", len(got.digests[0]), len(got.digests[1]))
	}
}
