package lookup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

// expires erases what shop was asked more than a day ago, which must be so many lookups.
func (d *desk) expires(lookups int64) {
	d.t.Helper()
	n, err := d.EraseBefore(d.t.Context(), "shop", d.clock.now().Add(-24*time.Hour))
	if err != nil || n != lookups {
		d.t.Errorf("erased from %d lookups, want %d: %v", n, lookups, err)
	}
}

func TestLookupsAreErasedWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.wallet("other", 1000)
		witness := d.evidence()
		d.live.say, d.test.say = named, named
		d.finds(about(erasedNumber))
		d.finds(about(erasedNumber), func(q *Query) { q.Sandbox = true })
		d.finds(about(erasedNumber), func(q *Query) { q.BusinessID = "other" })
		d.clock.pass(time.Hour)
		d.finds(about(otherNumber))
		d.clock.pass(23 * time.Hour)
		d.expires(0) // to the second
		d.clock.pass(time.Second)
		d.expires(2)
		d.expires(0)
		for _, l := range d.lookups() {
			if l.Erased() != (l.BusinessID == "shop" && l.RequestedAt.Equal(noon)) {
				t.Errorf("%s/%s of %v: erased %v", l.BusinessID, l.ID, l.RequestedAt, l.Erased())
			}
		}
		d.clock.pass(time.Hour)
		d.expires(1)
		if n := witness.noted; len(n) != 2 || n[0].Lookups != 2 || n[0].Cause != ErasedByRetention || n[0].NumberIndex != nil {
			t.Errorf("%+v", n)
		}
		d.has(900, 0)
		d.clean()
	})
}

func TestALookupThatStillWaitsIsErasedOnceItHasEnded(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.live.say = named
		o.finds(about(erasedNumber))
		o.live.say = down
		o.clock.pass(time.Second)
		o.pending(about(otherNumber))
		o.live.say = named
		o.clock.pass(time.Second)
		o.finds()
		if n, err := o.EraseBefore(t.Context(), "shop", noon.Add(time.Minute)); err != nil || n != 1 {
			t.Errorf("erased %d, %v", n, err)
		}
		o.clock.pass(time.Minute)
		o.resumes(1)
		if n, err := o.EraseBefore(t.Context(), "shop", noon.Add(time.Minute)); err != nil || n != 2 {
			t.Errorf("erased %d, %v", n, err)
		}
		if told := o.told(); len(told) != 1 || told[0] != "" {
			t.Errorf("told %q", told)
		}
		o.clean()
	})
}

func TestRetentionGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		const lookups = eraseBatch + 3
		d.wallet("shop", 50*lookups)
		witness := d.evidence()
		for range lookups {
			d.finds()
		}
		d.clock.pass(25 * time.Hour)
		witness.refuses = 2
		n, err := d.EraseBefore(t.Context(), "shop", d.clock.now())
		if models.CodeOf(err) != models.Internal || n != eraseBatch {
			t.Errorf("erased %d, %v", n, err)
		}
		witness.refuses = 0
		d.expires(3)
		d.expires(0)
		d.clean()
	})
}

func TestAnErasureFindsItsLookupsByTheirNumber(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.fills(3000)
		plan := d.plan(withKeys, []byte("number 7"), "other", eraseBatch)
		if !strings.Contains(plan, "lookups_number") {
			t.Error(plan)
		}
	})
}

func TestRetentionWalksThePrimaryKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.fills(3000)
		plan := d.plan(dueForErasure, "shop", models.IDAt(noon), models.IDAt(noon.Add(time.Hour)), eraseBatch)
		if !strings.Contains(plan, "lookups_pkey") && !strings.Contains(plan, "(business_id=? AND id>? AND id<?)") ||
			strings.Contains(strings.ToLower(plan), "sort") || strings.Contains(plan, "TEMP B-TREE") {
			t.Error(plan)
		}
	})
}

// fills makes rows of lookups, half of them another business's, and has the engine take note of it.
func (d *desk) fills(n int) {
	d.t.Helper()
	rows := make([]models.Lookup, n)
	for i := range rows {
		at := noon.Add(time.Duration(i) * time.Second)
		rows[i] = models.Lookup{
			BusinessID: []string{"shop", "other"}[i%2], ID: models.IDAt(at)[:12] + fmt.Sprintf("%012x", i), Status: models.StatusFound,
			NumberIndex: fmt.Appendf(nil, "number %d", i), Request: []byte("sealed"), RequestedAt: at, ModifiedAt: at, ExpiresAt: at,
		}
	}
	if err := d.db.Gorm.CreateInBatches(rows, 500).Error; err != nil {
		d.t.Fatal(err)
	}
	if err := d.db.Gorm.Exec("ANALYZE").Error; err != nil {
		d.t.Fatal(err)
	}
}
