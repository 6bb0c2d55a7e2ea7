package access_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestChangesOfKeysAreNotedWithThem(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		trail := access.NewTrail(db.Gorm, nil, h.script.world(), vault{})
		keys := access.NewKeys(access.Options{DB: db.Gorm, World: h.script.world(), Trail: trail})
		h.business(t, "shop")
		ctx := access.By(t.Context(), access.Operator)
		key, _, err := keys.Create(ctx, access.NewKey{BusinessID: "shop", Sandbox: true})
		if err != nil {
			t.Fatal(err)
		}
		next, _, err := keys.Rotate(t.Context(), key.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time changes nothing
			if err := keys.Revoke(access.By(t.Context(), "key "+next.ID), next.ID); err != nil {
				t.Fatal(err)
			}
		}
		got, more, err := trail.List(t.Context(), "shop", 0, 0)
		want := []access.Event{
			{BusinessID: "shop", Seq: 3, At: start, Actor: "key " + next.ID, Action: "key.revoked", Target: next.ID, Detail: "{}"},
			{
				BusinessID: "shop", Seq: 2, At: start, Actor: access.Unknown, Action: "key.rotated", Target: key.ID,
				Detail: `{"overlapSeconds":0,"successor":"` + next.ID + `"}`,
			},
			{
				BusinessID: "shop", Seq: 1, At: start, Actor: access.Operator, Action: "key.created", Target: key.ID,
				Detail: `{"sandbox":true}`,
			},
		}
		if diff := cmp.Diff(want, got); err != nil || more || diff != "" {
			t.Error(err, more, diff)
		}
		// Without its event no change happens.
		if err := db.Gorm.Exec(`DROP TABLE trail_events`).Error; err != nil {
			t.Fatal(err)
		}
		if _, _, err := keys.Create(ctx, access.NewKey{BusinessID: "shop"}); models.CodeOf(err) != models.Internal {
			t.Errorf("without a trail: %v", err)
		}
		if list, _, err := keys.List(t.Context(), "shop", access.Page{}); err != nil || len(list) != 2 {
			t.Errorf("%d keys, %v", len(list), err)
		}
	})
}

// noted makes a trail of n events and gives it.
func noted(t *testing.T, db *storage.DB, business string, n int) *access.Trail {
	t.Helper()
	trail := access.NewTrail(db.Gorm, db.Read, (&script{at: start}).world(), vault{})
	for range n {
		e := access.Event{BusinessID: business, Actor: "somebody", Action: "lookup.revealed", Target: "l-1", Detail: `{"fields":["name"]}`}
		if err := trail.Note(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return trail
}

func TestATrailIsReadInPages(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		trail := noted(t, db, "shop", 5)
		noted(t, db, "rival", 1)
		var seqs []int64
		for before, more := int64(0), true; more; {
			events, further, err := trail.List(t.Context(), "shop", before, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				seqs, before = append(seqs, e.Seq), e.Seq
			}
			more = further
		}
		if diff := cmp.Diff([]int64{5, 4, 3, 2, 1}, seqs); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEventsNotedAtOnceAreNumberedWithoutAGap(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		var writers sync.WaitGroup
		for range 8 {
			writers.Go(func() { noted(t, db, "shop", 10) })
		}
		writers.Wait()
		audit, err := noted(t, db, "shop", 0).Verify(t.Context(), "")
		if err != nil || audit.Events != 80 || len(audit.Lies) != 0 {
			t.Errorf("%+v, %v", audit, err)
		}
	})
}

func TestWhatIsNoEventIsNotNoted(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite)
	trail := noted(t, db, "shop", 0)
	good := access.Event{BusinessID: "shop", Actor: "a", Action: "key.created", Target: "k"}
	for what, change := range map[string]func(*access.Event){
		"no business":    func(e *access.Event) { e.BusinessID = "" },
		"a long actor":   func(e *access.Event) { e.Actor = strings.Repeat("a", 201) },
		"no action":      func(e *access.Event) { e.Action = "" },
		"another action": func(e *access.Event) { e.Action = "Key Created" },
		"a long target":  func(e *access.Event) { e.Target = strings.Repeat("a", 201) },
		"a text":         func(e *access.Event) { e.Detail = `"text"` },
		"half an object": func(e *access.Event) { e.Detail = `{"a":` },
		"a long detail":  func(e *access.Event) { e.Detail = `{"a":"` + strings.Repeat("a", 2048) + `"}` },
	} {
		e := good
		change(&e)
		wantCode(t, what, trail.Note(t.Context(), e), models.Internal)
	}
	if events, _, err := trail.List(t.Context(), "shop", 0, 0); err != nil || len(events) != 0 {
		t.Error(events, err)
	}
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
			`INSERT INTO trail_events SELECT business_id, 6, at, actor, action, target, detail, link FROM trail_events` + where + `5`,
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
			noted(t, db, shop, 4)
			if audit, err := d.trail.Verify(t.Context(), shop); err != nil || audit.Events != 5 || len(audit.Lies) != 0 {
				t.Fatalf("%s: before: %+v, %v", what, audit, err)
			}
			for _, statement := range one.tampering {
				if err := db.Gorm.Exec(strings.ReplaceAll(statement, "SHOP", shop)).Error; err != nil {
					t.Fatal(err)
				}
			}
			audit, err := d.trail.Verify(t.Context(), shop)
			if err != nil || len(audit.Lies) != 1 {
				t.Fatalf("%s: %+v, %v", what, audit, err)
			}
			lie := audit.Lies[0]
			if lie.BusinessID != shop || lie.Row != strings.ReplaceAll(one.row, "SHOP", shop) || !strings.Contains(lie.What, one.lie) {
				t.Errorf("%s: %+v", what, lie)
			}
		}
		audit, err := d.trail.Verify(t.Context(), "")
		if err != nil || len(audit.Lies) != len(cases)+1 { // the row that was moved lies in both places
			t.Errorf("all at once: %d lies, %v", len(audit.Lies), err)
		}
	})
}

// What is noted after a tampering does not cover it up.
func TestATruncatedTrailIsNotHealedByWhatFollows(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		trail := noted(t, db, "shop", 3)
		for _, statement := range []string{`DELETE FROM trail_events WHERE seq = 3`, `UPDATE trail_heads SET seq = 2`} {
			if err := db.Gorm.Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
		}
		noted(t, db, "shop", 2)
		audit, err := trail.Verify(t.Context(), "shop")
		if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != "trail_events 3" {
			t.Errorf("%+v, %v", audit, err)
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
		noted(t, db, "shop", 2)
		d.user(t, "shop", "eve@shop.example", access.Viewer)
		audit, err := d.trail.Verify(t.Context(), "shop")
		if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != "staff "+ada.ID {
			t.Errorf("%+v, %v", audit, err)
		}
	})
}
