package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/access"
	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestABusinessChoosesHowItsCodesAreSent(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		record := true
		want := settings.Choices{Possession: &settings.Codes{
			Policy: settings.OTPRequired, Limits: map[string]int64{"number": 2, "money": 0}, Countries: []string{"NG"}, Prefixes: []string{"NG", "4178"},
			RecordOnly: &record, Pumping: "enforce",
		}}
		if err := h.tenants.SetSettings(t.Context(), "shop", want); err != nil {
			t.Fatal(err)
		}
		shop, err := h.tenants.Get(t.Context(), "shop")
		if diff := cmp.Diff(want, shop.Settings); diff != "" || err != nil {
			t.Errorf("%v%s", err, diff)
		}
	})
}

func TestAChoiceThatMakesNoSenseIsRefused(t *testing.T) {
	h := newHouse(storagetest.Open(t, storage.SQLite))
	h.business(t, "shop")
	for what, p := range map[string]settings.Codes{
		"an unknown policy":      {Policy: "maybe"},
		"an unknown limit":       {Limits: map[string]int64{"planet": 1}},
		"a negative limit":       {Limits: map[string]int64{"ip": -1}},
		"a row without end":      {Limits: map[string]int64{"number": 101}},
		"no limit per number":    {Limits: map[string]int64{"number": 0}},
		"an unknown mode":        {Pumping: "on"},
		"a country's name":       {Countries: []string{"Nigeria"}},
		"a country in lower":     {Countries: []string{"ng"}},
		"a prefix with a plus":   {Prefixes: []string{"+234803"}},
		"too many of everything": {Countries: make([]string, 301)},
	} {
		wantCode(t, what, h.tenants.SetSettings(t.Context(), "shop", settings.Choices{Possession: &p}), models.Invalid)
		_, err := h.tenants.Create(t.Context(), access.NewBusiness{Name: "Shop", Settings: settings.Choices{Possession: &p}})
		wantCode(t, what, err, models.Invalid)
	}
}
