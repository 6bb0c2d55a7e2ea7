package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/access"
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
			own, from := business == "shop", time.Time{}
			if own {
				from = start
			}
			want := []billing.Price{
				{Product: billing.Phone, Outcome: models.OutcomeFound, Amount: amounts[0], Own: own, From: from},
				{Product: billing.Phone, Outcome: models.OutcomeNotFound, Amount: amounts[1]},
				{Product: billing.PhoneAdvanced, Outcome: models.OutcomeFound, Amount: amounts[2]},
				{Product: billing.PhoneAdvanced, Outcome: models.OutcomeNotFound, Amount: amounts[3], Own: own, From: from},
				{Product: billing.Message, Outcome: billing.Accepted, Amount: messages[business], Own: own, From: from},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", business, diff)
			}
		}
		terms, err := h.Terms(t.Context(), "shop")
		if err != nil || terms.Prices().Message() != 400 || terms.Prices().Max(true) != 3000 {
			t.Errorf("the terms are %+v, %v", terms, err)
		}
		_, err = h.Terms(t.Context(), "nobody")
		wantCode(t, "unknown business's terms", err, models.NotFound)
		_, token := h.key(t, "shop")
		c, err := h.Business(t.Context(), token)
		if err != nil || c.Prices().Max(true) != 3000 || c.Prices().For(true, models.OutcomeNotFound) != 0 {
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
				p[2*i], p[2*i+1] = c.Prices().Recent(advanced, models.OutcomeFound), c.Prices().Recent(advanced, models.OutcomeNotFound)
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
		if c.Prices().Recent(false, models.OutcomeTimeout) != 0 {
			t.Error("what is no answer costs something")
		}
	})
}

func TestAPriceBeginsAtItsMomentWithoutAChange(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		_, token := h.key(t, "shop")
		found := billing.Price{Product: billing.Phone, Outcome: models.OutcomeFound}
		set := func(business string, amount int64, from time.Time) {
			t.Helper()
			p := found
			p.Amount, p.From = amount, from
			if err := h.tenants.SetPrice(t.Context(), business, p); err != nil {
				t.Fatal(err)
			}
		}
		set("shop", 3000, start.Add(2*time.Hour))
		set(billing.OperatorList, 4000, start.Add(time.Hour))
		h.refresh(t)
		caller, err := h.Business(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{5000, 4000, 3000} {
			terms, err := h.Terms(t.Context(), "shop")
			if err != nil || terms.Prices().For(false, models.OutcomeFound) != want || caller.Prices().For(false, models.OutcomeFound) != want {
				t.Errorf("want %d, got %+v and %+v (%v)", want, terms.Prices(), caller.Prices(), err)
			}
			h.script.pass(time.Hour)
		}
		past := found
		past.From = start
		wantCode(t, "a price of the past", h.tenants.SetPrice(t.Context(), "shop", past), models.Invalid)
		if rows, err := h.tenants.Rows(t.Context(), access.OperatorTrail); err != nil || len(rows) != 1 {
			t.Errorf("the operator's prices: %v, %v", rows, err)
		}
		list, err := h.tenants.PriceList(t.Context(), billing.OperatorList)
		if err != nil || list.Lines()[0].Amount != 4000 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestATierGoesByTheAnswersOfTheMonth(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		answers, since := billing.Volume{}, time.Time{}
		keys := access.NewKeys(access.Options{DB: db.Gorm, World: h.script.world(), Answers: func(_ context.Context, _ string, at time.Time) (billing.Volume, error) {
			since = at
			return answers, nil
		}})
		_, token := h.key(t, "shop")
		tiered := billing.Price{Product: billing.Phone, Outcome: models.OutcomeFound, Amount: 50, Tiers: []billing.Tier{{Above: 10, Amount: 40}}}
		if err := access.NewBusinesses(keys).SetPrice(t.Context(), billing.OperatorList, tiered); err != nil {
			t.Fatal(err)
		}
		pays := func() int64 {
			t.Helper()
			if err := keys.CountAnswers(t.Context()); err != nil {
				t.Fatal(err)
			}
			c, err := keys.Business(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			return c.Prices().For(false, models.OutcomeFound)
		}
		if got := pays(); got != 50 || !since.Equal(time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC)) {
			t.Errorf("%d since %s", got, since) // the month began at midnight in Lagos
		}
		answers = billing.Volume{10, 0}
		if got := pays(); got != 40 {
			t.Error(got)
		}
		c, _ := keys.Business(t.Context(), token)
		h.script.pass(31 * 24 * time.Hour)
		if got := c.Prices().For(false, models.OutcomeFound); got != 50 {
			t.Errorf("the next month begins with %d", got)
		}
	})
}
