package billing

import "testing"

func TestABatchMayCarryTwiceWhatTheOneBeforeItCarried(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ last, most, want int }{
		{0, 256, 8},
		{1, 256, 8},
		{4, 256, 8},
		{5, 256, 10},
		{29, 256, 58},
		{128, 256, 256},
		{256, 256, 256},
		{0, 4, 4},
		{3, 1, 1},
	} {
		if got := portion(c.last, c.most); got != c.want {
			t.Errorf("after %d, at most %d: %d, want %d", c.last, c.most, got, c.want)
		}
	}
}
