package lookup

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"whoseline/models"
)

// Counts say how a business's lookups came out without reading them: a job counts lookups by the hour in which they were asked for,
// and whoever asks gets its counters with the few lookups that came since.

// outcomeErased is the outcome, in the counters, of a lookup whose person was erased before it had ended.
const outcomeErased = "erased"

// countRow is one counter.
type countRow struct {
	BusinessID string `gorm:"primaryKey"`
	Hour       int64  `gorm:"primaryKey;autoIncrement:false"` // since 1970, in UTC
	Sandbox    bool   `gorm:"primaryKey"`
	Advanced   bool   `gorm:"primaryKey"`
	Source     string `gorm:"primaryKey"`
	KeyID      string `gorm:"primaryKey"`
	Outcome    string `gorm:"primaryKey"`
	Checked    string `gorm:"primaryKey"`
	N          int64
	Charged    int64
}

// TableName is the table of counters.
func (countRow) TableName() string { return "lookup_counts" }

// spanRow is how many answers of an hour took about as long.
type spanRow struct {
	BusinessID string `gorm:"primaryKey"`
	Hour       int64  `gorm:"primaryKey;autoIncrement:false"`
	Sandbox    bool   `gorm:"primaryKey"`
	Bucket     int    `gorm:"primaryKey;autoIncrement:false"`
	N          int64
}

// TableName is the table of how long answers took.
func (spanRow) TableName() string { return "lookup_spans" }

// spanBounds are the upper bounds of the buckets, in milliseconds. What took longer is in one more.
var spanBounds = []int64{
	10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 640, 800, 1000, 1250, 1600, 2000, 2500, 3200, 4000, 5000, 6400, 8000, 10_000,
	15_000, 30_000, 60_000,
}

// sums are counters that were not written yet.
type sums struct {
	counts map[countRow][2]int64 // number and charge, by a counter without either
	spans  map[spanRow]int64
}

func newSums() sums { return sums{map[countRow][2]int64{}, map[spanRow]int64{}} }

func hourOf(at time.Time) int64 { return at.Unix() / 3600 }

// add counts a lookup. pending: it counts as one that has not ended, whatever it is by now.
func (s sums) add(l *models.Lookup, pending bool) {
	key := countRow{BusinessID: l.BusinessID, Hour: hourOf(l.RequestedAt), Sandbox: l.Sandbox, Advanced: l.Advanced, KeyID: l.KeyID}
	if pending {
		key.Outcome = string(models.StatusPending)
		s.put(key, 1, 0)
		return
	}
	key.Source, key.Outcome, key.Checked = l.Source, string(l.Status), string(l.Checked)
	if l.Status == models.StatusFailed && l.Reason == erasedReason {
		key.Outcome = outcomeErased
	}
	s.put(key, 1, l.Charged)
	if l.AnsweredAt.IsZero() || key.Outcome == outcomeErased {
		return
	}
	bucket, _ := slices.BinarySearch(spanBounds, l.AnsweredAt.Sub(l.RequestedAt).Milliseconds())
	s.spans[spanRow{BusinessID: l.BusinessID, Hour: key.Hour, Sandbox: l.Sandbox, Bucket: bucket}]++
}

// settle takes a lookup from those that have not ended to what it came to.
func (s sums) settle(l *models.Lookup) {
	s.put(countRow{
		BusinessID: l.BusinessID, Hour: hourOf(l.RequestedAt), Sandbox: l.Sandbox, Advanced: l.Advanced, KeyID: l.KeyID,
		Outcome: string(models.StatusPending),
	}, -1, 0)
	s.add(l, false)
}

func (s sums) put(key countRow, n, charged int64) {
	was := s.counts[key]
	s.counts[key] = [2]int64{was[0] + n, was[1] + charged}
}

// rows gives the counters to be written. Their order is the same in every gateway, so that none waits for another in a circle.
func (s sums) rows() (counts []countRow, spans []spanRow) {
	for key, sum := range s.counts {
		if sum != [2]int64{} {
			key.N, key.Charged = sum[0], sum[1]
			counts = append(counts, key)
		}
	}
	slices.SortFunc(counts, func(a, b countRow) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.KeyID, b.KeyID), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Source, b.Source))
	})
	for _, key := range slices.SortedFunc(maps.Keys(s.spans), func(a, b spanRow) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Bucket, b.Bucket))
	}) {
		key.N = s.spans[key]
		spans = append(spans, key)
	}
	return counts, spans
}

// Hour is how the lookups came out that a business asked for in one hour.
type Hour struct {
	At                               time.Time
	Found, NotFound, Pending, Failed int64
	Erased                           int64 // before they had ended; others keep the outcome that they had
	Charged                          int64 // minor units
	Conflicts                        int64
}

// Counted is how a business's lookups of a time came out.
type Counted struct {
	Hours  []Hour // those with lookups, oldest first
	spans  []int64
	Partly bool // counting has yet to catch up: there are more
}

func (c *Counted) take(rows []countRow) {
	at := map[int64]*Hour{}
	for _, r := range rows {
		h := at[r.Hour]
		if h == nil {
			h = &Hour{At: time.Unix(r.Hour*3600, 0).UTC()}
			at[r.Hour] = h
		}
		h.Charged += r.Charged
		if r.Checked == string(models.CheckConflict) {
			h.Conflicts += r.N
		}
		*h.of(r.Outcome) += r.N
	}
	for _, hour := range slices.Sorted(maps.Keys(at)) {
		c.Hours = append(c.Hours, *at[hour])
	}
}

func (h *Hour) of(outcome string) *int64 {
	switch outcome {
	case string(models.StatusFound):
		return &h.Found
	case string(models.StatusNotFound):
		return &h.NotFound
	case string(models.StatusFailed):
		return &h.Failed
	case outcomeErased:
		return &h.Erased
	default:
		return &h.Pending
	}
}

// Took gives how long answers took at most, of a share of them from 0 to 1. It is right to the width of a bucket; none: there were no
// answers.
func (c Counted) Took(share float64) (d time.Duration, none bool) {
	total := int64(0)
	for _, n := range c.spans {
		total += n
	}
	if total == 0 {
		return 0, true
	}
	left, below := share*float64(total), int64(0)
	for i, n := range c.spans {
		above := 2 * spanBounds[len(spanBounds)-1]
		if i < len(spanBounds) {
			above = spanBounds[i]
		}
		if left <= float64(n) {
			return time.Duration((float64(below) + left/float64(n)*float64(above-below)) * float64(time.Millisecond)), false
		}
		left, below = left-float64(n), above
	}
	return time.Duration(below) * time.Millisecond, false
}
