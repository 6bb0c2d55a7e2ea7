package lookup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

func TestLookupsAreCountedByTheHourAndByHowTheyCameOut(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		d.wallet("other", 10_000)
		ask := func(say func(Question) Finding, change ...func(*Query)) {
			t.Helper()
			d.live.say = say
			_, _ = d.Find(t.Context(), d.query(append(change, func(q *Query) { q.At = d.clock.now() })...))
		}
		ask(found(ngozi))
		d.clock.pass(time.Hour - time.Millisecond) // the last moment of the hour
		ask(found(ngozi))
		d.clock.pass(time.Millisecond)
		ask(tried(models.OutcomeNotFound, "good"))
		ask(tried(models.OutcomeTimeout, "good"))
		ask(found(ngozi), func(q *Query) { q.Sandbox = true })
		ask(found(ngozi), func(q *Query) { q.BusinessID = "other" })
		open := models.Lookup{
			BusinessID: "shop", ID: d.world.NewID(), Status: models.StatusOpen, NumberIndex: []byte{1}, Request: []byte{1},
			RequestedAt: d.clock.now(), ModifiedAt: d.clock.now(), ExpiresAt: d.clock.now(),
		}
		if err := d.db.Gorm.Create(&open).Error; err != nil {
			t.Fatal(err)
		}
		erased := open
		erased.ID, erased.Status, erased.Reason = d.world.NewID(), models.StatusFailed, erasedReason
		if err := d.db.Gorm.Create(&erased).Error; err != nil {
			t.Fatal(err)
		}
		want := []Hour{
			{At: noon, Found: 2, Charged: 100},
			{At: noon.Add(time.Hour), NotFound: 1, Failed: 1, Pending: 1, Erased: 1, Charged: 20},
		}
		same := func(when string) {
			t.Helper()
			got, err := d.Counted(t.Context(), "shop", false, Span{noon.Add(-time.Hour), noon.Add(3 * time.Hour)})
			if diff := cmp.Diff(want, got.Hours); err != nil || diff != "" || got.Partly {
				t.Errorf("%s: %v %s", when, err, diff)
			}
			if lie, err := d.VerifyCounts(t.Context(), "shop"); lie != nil || err != nil {
				t.Errorf("%s: %v %v", when, lie, err)
			}
			if before, err := d.Counted(t.Context(), "shop", false, Span{noon.Add(-24 * time.Hour), noon}); err != nil || len(before.Hours) != 0 {
				t.Errorf("%s: the day before has %v %v", when, before.Hours, err)
			}
		}
		same("before the first round")
		for round := range 3 {
			d.clock.pass(time.Minute)
			if err := d.CountNew(t.Context()); err != nil {
				t.Fatal(err)
			}
			same(fmt.Sprint("after round ", round))
		}
		if err := d.db.Gorm.Model(&open).Where("id = ?", open.ID).Updates(map[string]any{"status": models.StatusFound, "charged": 7}).Error; err != nil {
			t.Fatal(err)
		}
		if err := d.CountNew(t.Context()); err != nil {
			t.Fatal(err)
		}
		want[1].Pending, want[1].Found, want[1].Charged = 0, 1, want[1].Charged+7
		same("after one has ended")
		if err := d.Recount(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		same("counted anew")
		if err := d.db.Gorm.Exec("UPDATE lookup_counts SET n = n + 1 WHERE outcome = 'not_found'").Error; err != nil {
			t.Fatal(err)
		}
		if lie, err := d.VerifyCounts(t.Context(), "shop"); err != nil || lie == nil || !strings.Contains(lie.What, "2 are counted as not_found") {
			t.Errorf("a counter that was changed: %v %v", lie, err)
		}
		if err := d.Recount(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		same("made right again")
	})
}

func TestCountersTellHowLongAnswersTook(t *testing.T) {
	t.Parallel()
	c := Counted{spans: make([]int64, len(spanBounds)+1)}
	if _, none := c.Took(0.5); !none {
		t.Error("of no answers")
	}
	sum := newSums()
	for ms := range int64(1000) {
		sum.add(&models.Lookup{Status: models.StatusFound, RequestedAt: noon, AnsweredAt: noon.Add(time.Duration(ms) * time.Millisecond)}, false)
	}
	_, spans := sum.rows()
	for _, s := range spans {
		c.spans[s.Bucket] += s.N
	}
	for share, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.95: 950 * time.Millisecond, 1: time.Second} {
		if got, none := c.Took(share); none || got < want-5*time.Millisecond || got > want+5*time.Millisecond {
			t.Errorf("%v: %v", share, got)
		}
	}
}

func TestALookupIsFoundByItsRequestAndByItsIdempotencyKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		request := models.RealWorld().NewID()
		at, is := models.TimeOf(request)
		if !is || time.Since(at) > time.Minute {
			t.Fatal(request, at)
		}
		if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.RequestID, q.IdempotencyKey, q.Scope = request, "loan-7", PhoneScope })); err != nil {
			t.Fatal(err)
		}
		made, _, err := d.List(t.Context(), Search{BusinessID: "shop", Limit: 1})
		if err != nil || len(made) != 1 || made[0].Asked.RequestID != request {
			t.Fatal(made, err)
		}
		then, _ := models.TimeOf(made[0].ID)
		for _, c := range []struct {
			business, request string
			at                time.Time
			want              string
		}{{"shop", request, then, made[0].ID}, {"shop", made[0].ID, then, ""}, {"other", request, then, ""}, {"shop", request, then.Add(-time.Hour), ""}} {
			if got, err := d.ByRequest(t.Context(), c.business, c.request, c.at); got != c.want || err != nil {
				t.Errorf("%+v: %q %v", c, got, err)
			}
		}
		for key, want := range map[string]string{"loan-7": made[0].ID, "loan-8": ""} {
			if got, err := d.ByIdempotencyKey(t.Context(), "shop", key); got != want || err != nil {
				t.Errorf("%s: %q %v", key, got, err)
			}
		}
		if got, err := d.ByIdempotencyKey(t.Context(), "other", "loan-7"); got != "" || err != nil {
			t.Error(got, err)
		}
	})
}

func TestIdsAreToldApartByWhoseLookupsTheyAre(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		d.wallet("other", 10_000)
		for _, business := range []string{"shop", "other"} {
			if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.BusinessID = business })); err != nil {
				t.Fatal(err)
			}
		}
		var all []models.Lookup
		if err := d.db.Gorm.Order("business_id").Find(&all).Error; err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		theirs, ours := all[0].ID, all[1].ID
		got, err := d.Among(t.Context(), "shop", []string{ours, theirs, "bank-4411"})
		if diff := cmp.Diff(map[string]bool{ours: true}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if none, err := d.Among(t.Context(), "shop", nil); err != nil || len(none) != 0 {
			t.Error(none, err)
		}
	})
}
