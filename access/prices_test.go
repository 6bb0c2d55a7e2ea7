package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestABusinessHasItsOwnPrices(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		h.business(t, "bank")
		for _, amount := range []int64{4000, 3000} { // set, then set again
			err := h.tenants.SetPrice(t.Context(), "shop", billing.Price{Product: billing.Phone, Outcome: models.OutcomeFound, Amount: amount})
			if err != nil {
				t.Fatal(err)
			}
		}
		free := billing.Price{Product: billing.PhoneAdvanced, Outcome: models.OutcomeNotFound}
		if err := h.tenants.SetPrice(t.Context(), "shop", free); err != nil {
			t.Fatal(err)
		}
		texts := billing.Price{Product: billing.Message, Outcome: billing.Accepted, Amount: 400}
		if err := h.tenants.SetPrice(t.Context(), "shop", texts); err != nil {
			t.Fatal(err)
		}
		messages := map[string]int64{"shop": 400}
		for business, amounts := range map[string][4]int64{"shop": {3000, 3000, 3000, 0}, "bank": {5000, 5000, 5000, 5000}} {
			got, err := h.tenants.Prices(t.Context(), business)
			if err != nil {
				t.Fatal(err)
			}
			own := business == "shop"
			want := []billing.Price{
				{Product: billing.Phone, Outcome: models.OutcomeFound, Amount: amounts[0], Own: own},
				{Product: billing.Phone, Outcome: models.OutcomeNotFound, Amount: amounts[1]},
				{Product: billing.PhoneAdvanced, Outcome: models.OutcomeFound, Amount: amounts[2]},
				{Product: billing.PhoneAdvanced, Outcome: models.OutcomeNotFound, Amount: amounts[3], Own: own},
				{Product: billing.Message, Outcome: billing.Accepted, Amount: messages[business], Own: own},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", business, diff)
			}
		}
		terms, err := h.Terms(t.Context(), "shop")
		if err != nil || terms.Prices.Message() != 400 || terms.Prices.Max(true) != 3000 {
			t.Errorf("the terms are %+v, %v", terms, err)
		}
		_, err = h.Terms(t.Context(), "nobody")
		wantCode(t, "unknown business's terms", err, models.NotFound)
		_, token := h.key(t, "shop")
		c, err := h.Business(t.Context(), token)
		if err != nil || c.Prices.Max(true) != 3000 || c.Prices.For(true, models.OutcomeNotFound) != 0 {
			t.Errorf("the caller pays %+v, %v", c, err)
		}
	})
}

func TestAPriceIsRefused(t *testing.T) {
	h := newHouse(storagetest.Open(t, storage.SQLite))
	h.business(t, "shop")
	good := billing.Price{Product: billing.Phone, Outcome: models.OutcomeFound, Amount: 1}
	for what, p := range map[string]billing.Price{
		"negative":        {Product: billing.Phone, Outcome: models.OutcomeFound, Amount: -1},
		"too much":        {Product: billing.Phone, Outcome: models.OutcomeFound, Amount: 1_000_000_000_001},
		"another product": {Product: "fax", Outcome: models.OutcomeFound},
		"another outcome": {Product: billing.Phone, Outcome: models.OutcomePending},
		"a found message": {Product: billing.Message, Outcome: models.OutcomeFound},
	} {
		wantCode(t, what, h.tenants.SetPrice(t.Context(), "shop", p), models.Invalid)
	}
	wantCode(t, "unknown business", h.tenants.SetPrice(t.Context(), "nobody", good), models.NotFound)
	_, err := h.tenants.Prices(t.Context(), "nobody")
	wantCode(t, "unknown business's list", err, models.NotFound)
}

func TestARecentAnswerCostsWhatANewOneDoesUnlessItHasItsOwnPrice(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		_, token := h.key(t, "shop")
		pays := func() (p [4]int64) {
			t.Helper()
			c, err := h.Business(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			for i, advanced := range []bool{false, true} {
				p[2*i], p[2*i+1] = c.Prices.Recent(advanced, models.OutcomeFound), c.Prices.Recent(advanced, models.OutcomeNotFound)
			}
			return p
		}
		if got := pays(); got != [4]int64{5000, 5000, 5000, 5000} {
			t.Error(got)
		}
		for _, p := range []billing.Price{
			{Product: billing.Phone, Outcome: billing.RecentFound, Amount: 700},
			{Product: billing.PhoneAdvanced, Outcome: billing.RecentNotFound, Amount: 0},
			{Product: billing.PhoneAdvanced, Outcome: models.OutcomeFound, Amount: 9000},
		} {
			if err := h.tenants.SetPrice(t.Context(), "shop", p); err != nil {
				t.Fatal(err)
			}
		}
		if got := pays(); got != [4]int64{700, 5000, 9000, 0} {
			t.Error(got)
		}
		list, err := h.tenants.Prices(t.Context(), "shop")
		if err != nil || len(list) != 7 || list[4].Outcome != billing.RecentFound || list[4].Amount != 700 || !list[5].Own {
			t.Errorf("%+v, %v", list, err)
		}
		c, _ := h.Business(t.Context(), token)
		if c.Prices.Recent(false, models.OutcomeTimeout) != 0 {
			t.Error("what is no answer costs something")
		}
	})
}
