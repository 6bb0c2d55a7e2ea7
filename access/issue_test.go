package access_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestKeysAreListedByTenant(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		h.business(t, "bank")
		var want []string
		for range 5 {
			key, _ := h.key(t, "shop")
			want = append(want, key.ID)
		}
		foreign, _ := h.key(t, "bank")
		var got []string
		for after, first := "", true; first || after != ""; first = false {
			list, next, err := h.List(t.Context(), "shop", models.Page{After: after, Limit: 2})
			if err != nil || len(list) > 2 {
				t.Fatalf("%d keys, %v", len(list), err)
			}
			for _, key := range list {
				got = append(got, key.ID)
			}
			after = next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		_, err := h.Find(t.Context(), "shop", foreign.ID)
		_, never := h.Find(t.Context(), "shop", "never")
		wantCode(t, "another tenant's key", err, models.NotFound)
		if err.Error() != never.Error() {
			t.Errorf("another tenant's key: %q, one that never was: %q", err, never)
		}
		if found, err := h.Find(t.Context(), "bank", foreign.ID); err != nil || found.ID != foreign.ID {
			t.Errorf("its own: %v, %v", found, err)
		}
	})
}

func TestRotationLeavesAnOverlap(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		old, oldToken := h.key(t, "shop")
		h.refresh(t)
		next, token, err := h.Rotate(t.Context(), old.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if next.ID == old.ID || token == oldToken || next.BusinessID != "shop" || next.Name != old.Name {
			t.Errorf("successor: %+v", next)
		}
		for after, want := range map[time.Duration][2]models.Code{
			time.Hour - time.Nanosecond: {"", ""},
			time.Hour:                   {models.Unauthorized, ""},
		} {
			other := newNeighbour(db, &script{at: start.Add(after)})
			other.refresh(t)
			for range 2 { // from the database, then from memory
				got := [2]models.Code{other.code(t.Context(), oldToken), other.code(t.Context(), token)}
				if got != want {
					t.Errorf("after %s: %q, want %q", after, got, want)
				}
			}
		}
		_, _, err = h.Rotate(t.Context(), old.ID, time.Hour)
		wantCode(t, "rotated again", err, models.Conflict)
		h.script.pass(2 * time.Hour)
		_, _, err = h.Rotate(t.Context(), old.ID, time.Hour)
		wantCode(t, "rotated when expired", err, models.Conflict)
		_, _, err = h.Rotate(t.Context(), "never", time.Hour)
		wantCode(t, "unknown", err, models.NotFound)
		_, _, err = h.Rotate(t.Context(), next.ID, -1)
		wantCode(t, "a negative overlap", err, models.Invalid)
	})
}

func TestOfTwoRotationsAtOnceOneWins(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		old, _ := h.key(t, "shop")
		codes := make(chan models.Code)
		for range 4 {
			go func() {
				_, _, err := h.Rotate(t.Context(), old.ID, time.Hour)
				codes <- models.CodeOf(err)
			}()
		}
		seen := map[models.Code]int{}
		for range 4 {
			seen[<-codes]++
		}
		if seen[""] != 1 || seen[models.Conflict] != 3 {
			t.Errorf("%v", seen)
		}
	})
}

func TestRevokingTwiceKeepsTheFirstTime(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		key, _ := h.key(t, "shop")
		for range 2 {
			if err := h.Revoke(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
			h.script.pass(time.Minute)
		}
		found, err := h.Find(t.Context(), "shop", key.ID)
		if err != nil || !found.RevokedAt.Equal(start) {
			t.Errorf("revoked at %s, %v", found.RevokedAt, err)
		}
		wantCode(t, "unknown", h.Revoke(t.Context(), "never"), models.NotFound)
		_, _, err = h.Rotate(t.Context(), key.ID, 0)
		wantCode(t, "rotate a revoked key", err, models.Conflict)
	})
}
