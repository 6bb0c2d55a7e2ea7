package staff_test

import (
	"strings"
	"testing"

	"whoseline/audit"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// notedBeside makes a trail of n events and gives it.
func notedBeside(t *testing.T, db *storage.DB, business string, n int) *audit.Trail {
	t.Helper()
	trail := audit.New(db.Gorm, db.Read, (&script{at: start}).world(), vault{})
	for range n {
		e := audit.Event{BusinessID: business, Actor: "somebody", Action: "lookup.revealed", Target: "l-1", Detail: `{"fields":["name"]}`}
		if err := trail.Note(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return trail
}

func TestATrailThatWasTamperedWithIsFoundOut(t *testing.T) {
	t.Parallel()
	const of, where = ` WHERE business_id = 'SHOP'`, ` WHERE business_id = 'SHOP' AND seq = `
	cases := map[string]struct {
		tampering []string
		row, lie  string
	}{
		"actor":    {[]string{`UPDATE trail_events SET actor = 'eve'` + where + `3`}, "trail_events 3", "does not follow"},
		"action":   {[]string{`UPDATE trail_events SET action = 'key.created'` + where + `1`}, "trail_events 1", "does not follow"},
		"target":   {[]string{`UPDATE trail_events SET target = 'l-2'` + where + `5`}, "trail_events 5", "does not follow"},
		"detail":   {[]string{`UPDATE trail_events SET detail = '{}'` + where + `2`}, "trail_events 2", "does not follow"},
		"time":     {[]string{`UPDATE trail_events SET at = '2026-03-01 09:00:00.000001+00:00'` + where + `2`}, "trail_events 2", "does not follow"},
		"link":     {[]string{`UPDATE trail_events SET link = trail_heads.seal FROM trail_heads WHERE trail_events.business_id = 'SHOP' AND trail_events.seq = 4`}, "trail_events 4", "does not follow"},
		"one gone": {[]string{`DELETE FROM trail_events` + where + `2`}, "trail_events 2", "is missing"},
		"one gone, the rest moved up": {[]string{
			`DELETE FROM trail_events` + where + `2`, `UPDATE trail_events SET seq = 2` + where + `3`,
			`UPDATE trail_events SET seq = 3` + where + `4`, `UPDATE trail_events SET seq = 4` + where + `5`,
		}, "trail_events 2", "does not follow"},
		"two exchanged": {[]string{
			`UPDATE trail_events SET seq = 99` + where + `2`, `UPDATE trail_events SET seq = 2` + where + `3`,
			`UPDATE trail_events SET seq = 3` + where + `99`,
		}, "trail_events 2", "does not follow"},
		"the newest gone": {[]string{`DELETE FROM trail_events` + where + `5`}, "trail_events 5", "is missing"},
		"the newest gone, the head set back": {[]string{
			`DELETE FROM trail_events` + where + `5`, `UPDATE trail_heads SET seq = 4` + of,
		}, "trail_heads SHOP", "not the seal"},
		"the newest gone, the head set to its link": {[]string{
			`DELETE FROM trail_events` + where + `5`,
			`UPDATE trail_heads SET seq = 4, seal = (SELECT link FROM trail_events` + where + `4)` + of,
		}, "trail_heads SHOP", "not the seal"},
		"one more": {[]string{
			`INSERT INTO trail_events (business_id, seq, at, actor, action, target, detail, link) SELECT business_id, 6, at, actor, action, target, detail, link FROM trail_events` + where + `5`,
		}, "trail_events 6", "beyond the head"},
		"another business's": {[]string{
			`UPDATE trail_events SET business_id = 'SHOP-rival'` + where + `1`,
		}, "trail_events 1", "is missing"},
		"no head":   {[]string{`DELETE FROM trail_heads` + of}, "trail_events 1", "beyond the head"},
		"all of it": {[]string{`DELETE FROM trail_heads` + of, `DELETE FROM trail_events` + of}, "trail_heads SHOP", "has staff"},
	}
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		for what, one := range cases {
			shop := d.script.id()
			d.owned(t, shop)
			notedBeside(t, db, shop, 4)
			if audit, err := d.trail.Verify(t.Context(), shop, nil); err != nil || audit.Events != 5 || len(audit.Lies) != 0 {
				t.Fatalf("%s: before: %+v, %v", what, audit, err)
			}
			for _, statement := range one.tampering {
				if err := db.Gorm.Exec(strings.ReplaceAll(statement, "SHOP", shop)).Error; err != nil {
					t.Fatal(err)
				}
			}
			audit, err := d.trail.Verify(t.Context(), shop, nil)
			if err != nil || len(audit.Lies) != 1 {
				t.Fatalf("%s: %+v, %v", what, audit, err)
			}
			lie := audit.Lies[0]
			if lie.BusinessID != shop || lie.Row != strings.ReplaceAll(one.row, "SHOP", shop) || !strings.Contains(lie.What, one.lie) {
				t.Errorf("%s: %+v", what, lie)
			}
		}
		audit, err := d.trail.Verify(t.Context(), "", nil)
		if err != nil || len(audit.Lies) != len(cases)+1 { // the row that was moved lies in both places
			t.Errorf("all at once: %d lies, %v", len(audit.Lies), err)
		}
	})
}

// Without its events and its head a trail begins anew with whatever is noted next: the users that were made before tell.
func TestATrailThatBeganAnewIsFoundOut(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		ada := d.owned(t, "shop")
		for _, statement := range []string{`DELETE FROM trail_events`, `DELETE FROM trail_heads`} {
			if err := db.Gorm.Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
		}
		notedBeside(t, db, "shop", 2)
		d.user(t, "shop", "eve@shop.example", staff.Viewer)
		audit, err := d.trail.Verify(t.Context(), "shop", nil)
		if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != "staff "+ada.ID {
			t.Errorf("%+v, %v", audit, err)
		}
	})
}
