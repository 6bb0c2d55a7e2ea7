package audit_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// noted makes a trail of n events and gives it.
func noted(t *testing.T, db *storage.DB, business string, n int) *audit.Trail {
	t.Helper()
	trail := audit.New(db.Gorm, db.Read, world(), vault{})
	for range n {
		e := audit.Event{BusinessID: business, Actor: "somebody", Action: "lookup.revealed", Target: "l-1", Detail: `{"fields":["name"]}`}
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
		audit, err := noted(t, db, "shop", 0).Verify(t.Context(), "", nil)
		if err != nil || audit.Events != 80 || len(audit.Lies) != 0 {
			t.Errorf("%+v, %v", audit, err)
		}
	})
}

func TestWhatIsNoEventIsNotNoted(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite)
	trail := noted(t, db, "shop", 0)
	good := audit.Event{BusinessID: "shop", Actor: "a", Action: "key.created", Target: "k"}
	for what, change := range map[string]func(*audit.Event){
		"no business":    func(e *audit.Event) { e.BusinessID = "" },
		"a long actor":   func(e *audit.Event) { e.Actor = strings.Repeat("a", 201) },
		"no action":      func(e *audit.Event) { e.Action = "" },
		"another action": func(e *audit.Event) { e.Action = "Key Created" },
		"a long target":  func(e *audit.Event) { e.Target = strings.Repeat("a", 201) },
		"a text":         func(e *audit.Event) { e.Detail = `"text"` },
		"half an object": func(e *audit.Event) { e.Detail = `{"a":` },
		"a long detail":  func(e *audit.Event) { e.Detail = `{"a":"` + strings.Repeat("a", 2048) + `"}` },
	} {
		e := good
		change(&e)
		if err := trail.Note(t.Context(), e); models.CodeOf(err) != models.Internal {
			t.Errorf("%s: %v", what, err)
		}
	}
	if events, _, err := trail.List(t.Context(), "shop", 0, 0); err != nil || len(events) != 0 {
		t.Error(events, err)
	}
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
		audit, err := trail.Verify(t.Context(), "shop", nil)
		if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != "trail_events 3" {
			t.Errorf("%+v, %v", audit, err)
		}
	})
}
