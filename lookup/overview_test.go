package lookup

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

func TestTheLookupsOfADayAreCountedByHowTheyCameOut(t *testing.T) {
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
		d.clock.pass(12*time.Hour - time.Millisecond) // the last moment of the day
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
		for _, status := range []models.Status{models.StatusFailed, models.StatusFound} {
			erased := open
			erased.ID, erased.Status, erased.Reason = d.world.NewID(), status, map[models.Status]string{models.StatusFailed: "Erased"}[status]
			if err := d.db.Gorm.Create(&erased).Error; err != nil {
				t.Fatal(err)
			}
		}
		midnight := noon.Truncate(24 * time.Hour)
		want := []Day{
			{At: midnight.AddDate(0, 0, -1)},
			{At: midnight, Found: 2},
			{At: midnight.AddDate(0, 0, 1), Found: 1, NotFound: 1, Failed: 1, Pending: 1, Erased: 1},
		}
		for most, more := range map[int]bool{100: false, 2: true} {
			got, err := d.Daily(t.Context(), Count{BusinessID: "shop", Days: 3, Most: most})
			if err != nil {
				t.Fatal(err)
			}
			if last := got[2]; more && (!last.More || last.Found+last.NotFound+last.Failed+last.Pending+last.Erased != 2) {
				t.Errorf("at most two: %+v", last)
			}
			if diff := cmp.Diff(want, got); !more && diff != "" {
				t.Error(diff)
			}
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
