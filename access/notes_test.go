package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestChangesOfKeysAreNotedWithThem(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		trail := audit.New(db.Gorm, nil, h.script.world(), vault{})
		keys := access.NewKeys(access.Options{DB: db.Gorm, World: h.script.world(), Trail: trail})
		h.business(t, "shop")
		ctx := audit.By(t.Context(), audit.Operator)
		key, _, err := keys.Create(ctx, access.NewKey{BusinessID: "shop", Sandbox: true})
		if err != nil {
			t.Fatal(err)
		}
		next, _, err := keys.Rotate(t.Context(), key.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time changes nothing
			if err := keys.Revoke(audit.By(t.Context(), "key "+next.ID), next.ID); err != nil {
				t.Fatal(err)
			}
		}
		got, more, err := trail.List(t.Context(), "shop", 0, 0)
		want := []audit.Event{
			{BusinessID: "shop", Seq: 3, At: start, Actor: "key " + next.ID, Action: "key.revoked", Target: next.ID, Detail: "{}"},
			{
				BusinessID: "shop", Seq: 2, At: start, Actor: audit.Unknown, Action: "key.rotated", Target: key.ID,
				Detail: `{"overlapSeconds":0,"successor":"` + next.ID + `"}`,
			},
			{
				BusinessID: "shop", Seq: 1, At: start, Actor: audit.Operator, Action: "key.created", Target: key.ID,
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
		if list, _, err := keys.List(t.Context(), "shop", models.Page{}); err != nil || len(list) != 2 {
			t.Errorf("%d keys, %v", len(list), err)
		}
	})
}
