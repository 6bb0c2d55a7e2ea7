package access_test

import (
	"testing"
	"time"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestAKeyMayDoWhatItsScopesSay(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		_, token, err := h.Create(t.Context(), access.NewKey{
			BusinessID: "shop", Name: "till", Scopes: []access.Scope{access.ScopeWallet, access.ScopeLookup}, Purposes: []string{"loan"}, VerdictOnly: true,
			ExpiresAt: start.Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		who, err := h.Business(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		for scope, want := range map[access.Scope]models.Code{
			access.ScopeLookup: "", access.ScopeWallet: "", access.AnyScope: "", access.ScopeErasures: models.NotPermitted, access.ScopeHistory: models.NotPermitted,
		} {
			wantCode(t, string(scope), who.May(scope), want)
		}
		wantCode(t, "another purpose", who.MayAskFor("rent"), models.NotPermitted)
		wantCode(t, "no purpose", who.MayAskFor(""), models.NotPermitted)
		wantCode(t, "its purpose", who.MayAskFor("loan"), "")
		if !who.Settings.Release.Withholds() {
			t.Error("it is told names")
		}
		h.script.pass(time.Hour)
		wantCode(t, "after its end", second(h.Business(t.Context(), token)), models.Unauthorized)
		_, old := h.key(t, "shop")
		if who, err := h.Business(t.Context(), old); err != nil || who.May(access.ScopeErasures) != nil || who.MayAskFor("rent") != nil || who.Settings.Release.Withholds() {
			t.Errorf("a key without scopes: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestAKeyThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(storagetest.Open(t, storage.SQLite))
	h.business(t, "shop")
	for what, n := range map[string]access.NewKey{
		"an unknown scope":   {Scopes: []access.Scope{access.ScopeLookup, "everything"}},
		"an empty purpose":   {Purposes: []string{""}},
		"an end in the past": {ExpiresAt: start},
		"many purposes":      {Purposes: make([]string, 21)},
	} {
		n.BusinessID, n.Name = "shop", "till"
		_, _, err := h.Create(t.Context(), n)
		wantCode(t, what, err, models.Invalid)
	}
}

func TestTheLastUseOfAKeyIsWrittenDown(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		key, token := h.key(t, "shop")
		uses := func() time.Time {
			t.Helper()
			if err := h.WriteUses(t.Context()); err != nil {
				t.Fatal(err)
			}
			found, err := h.Find(t.Context(), "shop", key.ID)
			if err != nil {
				t.Fatal(err)
			}
			return found.UsedAt
		}
		if at := uses(); !at.IsZero() {
			t.Error("used before it was", at)
		}
		h.code(t.Context(), token)
		if at := uses(); !at.Equal(start) {
			t.Error(at)
		}
		h.script.pass(time.Hour)
		h.code(t.Context(), token)
		h.code(t.Context(), token)
		if at := uses(); !at.Equal(start.Add(time.Hour)) {
			t.Error(at)
		}
		if at := uses(); !at.Equal(start.Add(time.Hour)) {
			t.Error("without a use", at)
		}
	})
}
