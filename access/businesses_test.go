package access_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/access"
	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestABusinessComesWithAnEmptyWallet(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		made, err := h.tenants.Create(t.Context(), access.NewBusiness{Name: "Ọjà & Sons", Settings: settings.Choices{NaturalWindow: 5}})
		if err != nil || !models.IsID(made.ID) {
			t.Fatalf("%+v, %v", made, err)
		}
		got, err := h.tenants.Get(t.Context(), made.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, got); diff != "" {
			t.Error(diff)
		}
		var wallet models.Wallet
		if err := db.Read.Where("business_id = ?", made.ID).Take(&wallet).Error; err != nil {
			t.Fatal(err)
		}
		want := models.Wallet{BusinessID: made.ID, Currency: "NGN", Head: []byte("start of " + made.ID)}
		if diff := cmp.Diff(want, wallet); diff != "" {
			t.Error(diff)
		}
	})
}

func TestASubAccountNeedsItsParent(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "group")
		child, err := h.tenants.Create(t.Context(), access.NewBusiness{ParentID: "group", Name: "Branch"})
		if err != nil || child.ParentID != "group" {
			t.Errorf("%+v, %v", child, err)
		}
		_, err = h.tenants.Create(t.Context(), access.NewBusiness{ParentID: "nobody", Name: "Orphan"})
		wantCode(t, "an unknown parent", err, models.NotFound)
		_, err = h.tenants.Create(t.Context(), access.NewBusiness{ID: "group", Name: "Twin"})
		wantCode(t, "a taken id", err, models.Conflict)
		_, err = h.tenants.Get(t.Context(), "nobody")
		wantCode(t, "an unknown business", err, models.NotFound)
	})
}

func TestABusinessIsRefusedForWhatItAsks(t *testing.T) {
	h := newHouse(storagetest.Open(t, storage.SQLite))
	for what, n := range map[string]access.NewBusiness{
		"no name":         {Name: "  "},
		"a long name":     {Name: strings.Repeat("ñ", 201)},
		"a zero byte":     {Name: "a\x00b"},
		"broken UTF-8":    {Name: "a\xff"},
		"a long id":       {Name: "a", ID: strings.Repeat("a", 65)},
		"a dot in the id": {Name: "a", ID: "a.b"},
		"a long window":   {Name: "a", Settings: settings.Choices{NaturalWindow: 86401}},
		"a channel twice": {Name: "a", Settings: settings.Choices{Channels: []string{"termii", "twilio", "termii"}}},
		"an odd channel":  {Name: "a", Settings: settings.Choices{Channels: []string{"ter mii"}}},
		"no channel":      {Name: "a", Settings: settings.Choices{Channels: []string{""}}},
		"many channels":   {Name: "a", Settings: settings.Choices{Channels: strings.Split("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", ",")}},
		"a half release":  {Name: "a", Settings: settings.Choices{Release: "half"}},
		"a long memory":   {Name: "a", Settings: settings.Choices{Cache: settings.CachePolicy{TTL: 86401}}},
		"no time":         {Name: "a", Settings: settings.Choices{Cache: settings.CachePolicy{TTL: -1}}},
		"many purposes":   {Name: "a", Settings: settings.Choices{Cache: settings.CachePolicy{Purposes: make([]string, 21)}}},
		"a long purpose":  {Name: "a", Settings: settings.Choices{Cache: settings.CachePolicy{Purposes: []string{strings.Repeat("a", 201)}}}},
		"no retention":    {Name: "a", Settings: settings.Choices{RetentionDays: -2}},
		"a long keeping":  {Name: "a", Settings: settings.Choices{RetentionDays: 36501}},
		"a bad source":    {Name: "a", Settings: settings.Choices{Routing: models.Routing{Sources: []string{"Dojah!"}}}},
		"a source twice":  {Name: "a", Settings: settings.Choices{Routing: models.Routing{Sources: []string{"dojah", "dojah"}}}},
		"many sources":    {Name: "a", Settings: settings.Choices{Routing: models.Routing{Sources: make([]string, 33)}}},
		"the operator's":  {Name: "a", ID: access.OperatorTrail},
		"a hedge below 0": {Name: "a", Settings: settings.Choices{Routing: models.Routing{HedgePerDay: -1}}},
	} {
		_, err := h.tenants.Create(t.Context(), n)
		wantCode(t, what, err, models.Invalid)
	}
	longest := access.NewBusiness{Name: strings.Repeat("ñ", 200), ID: strings.Repeat("a", 64)}
	_, err := h.tenants.Create(t.Context(), longest)
	wantCode(t, "the longest", err, "")
}

func TestBusinessesAreListedInPages(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		want := []string{"B", "_", "a", "b-1", "b1"} // as bytes, on both engines
		for _, id := range []string{"b1", "a", "_", "B", "b-1"} {
			h.business(t, id)
		}
		var got []string
		for after, first := "", true; first || after != ""; first = false {
			list, next, err := h.tenants.List(t.Context(), models.Page{After: after, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range list {
				got = append(got, b.ID)
			}
			after = next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAPageIsNeverLargerThanAHundred(t *testing.T) {
	h := newHouse(storagetest.Open(t, storage.SQLite))
	for i := range 101 {
		h.business(t, "b"+strconv.Itoa(i))
	}
	for limit, want := range map[int]int{-1: 50, 0: 50, 100: 100, 1000: 100} {
		list, next, err := h.tenants.List(t.Context(), models.Page{Limit: limit})
		if err != nil || len(list) != want || next != list[want-1].ID {
			t.Errorf("limit %d: %d rows, then after %q, %v", limit, len(list), next, err)
		}
	}
}

func TestSettingsAreReplaced(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		for _, window := range []int{60, 0} {
			if err := h.tenants.SetSettings(t.Context(), "shop", settings.Choices{NaturalWindow: window}); err != nil {
				t.Fatal(err)
			}
			got, err := h.tenants.Get(t.Context(), "shop")
			if err != nil || got.Settings.NaturalWindow != window || got.Name != "Business shop" {
				t.Errorf("%+v, %v", got, err)
			}
		}
		wantCode(t, "unknown", h.tenants.SetSettings(t.Context(), "nobody", settings.Choices{}), models.NotFound)
		wantCode(t, "negative", h.tenants.SetSettings(t.Context(), "shop", settings.Choices{NaturalWindow: -1}), models.Invalid)
	})
}
