package providers

import (
	"testing"

	"whoseline/lookup"
	"whoseline/models"
)

func TestWhatIsBilledFollowsTheVendorsWordThenItsContractThenDoubt(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	both := &Tariff{Cost: models.NGN(40), On: []models.Outcome{models.OutcomeFound, models.OutcomeNotFound}}
	for name, row := range map[string]struct {
		TariffFor *Tariff
		said      lookup.Finding
		want      models.Billed
	}{
		"a source without a price":            {nil, lookup.Finding{Outcome: models.OutcomeFound}, ""},
		"found":                               {both, lookup.Finding{Outcome: models.OutcomeFound, HTTP: 200}, models.BilledYes},
		"a miss that the contract charges":    {both, lookup.Finding{Outcome: models.OutcomeNotFound, HTTP: 404}, models.BilledYes},
		"a miss that the vendor gives away":   {both, lookup.Finding{Outcome: models.OutcomeNotFound, Billed: &no}, models.BilledNo},
		"a refusal that the vendor bills":     {both, lookup.Finding{Outcome: models.OutcomeInvalid, Billed: &yes}, models.BilledYes},
		"a bad number":                        {both, lookup.Finding{Outcome: models.OutcomeInvalid, HTTP: 400}, models.BilledNo},
		"an empty wallet":                     {both, lookup.Finding{Outcome: models.OutcomeWalletEmpty, HTTP: 402}, models.BilledNo},
		"a pending one, until it comes":       {both, lookup.Finding{Outcome: models.OutcomePending, HTTP: 202}, models.BilledNo},
		"no answer in time":                   {both, lookup.Finding{Outcome: models.OutcomeTimeout}, models.BilledUnknown},
		"cancelled on the way":                {both, lookup.Finding{Outcome: models.OutcomeCanceled}, models.BilledUnknown},
		"a connection that broke":             {both, lookup.Finding{Outcome: down}, models.BilledUnknown},
		"a connection that was never made":    {both, lookup.Finding{Outcome: down, Billed: &no}, models.BilledNo},
		"an error that the vendor tells":      {both, lookup.Finding{Outcome: down, HTTP: 502}, models.BilledNo},
		"an answer that was cut":              {both, lookup.Finding{Outcome: models.OutcomeBadPayload, HTTP: 200}, models.BilledUnknown},
		"a page that is not there":            {both, lookup.Finding{Outcome: models.OutcomeBadPayload, HTTP: 404}, models.BilledNo},
		"found, where only misses are billed": {&Tariff{On: []models.Outcome{models.OutcomeNotFound}}, lookup.Finding{Outcome: models.OutcomeFound}, models.BilledNo},
	} {
		if got := row.TariffFor.Billed(row.said); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestASourceDearerThanThePriceIsSkippedUnlessAllowed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		cost    models.Money
		price   int64
		allowed bool
		asked   bool
	}{
		"cheaper":            {models.NGN(40), 50, false, true},
		"at cost":            {models.NGN(50), 50, false, true},
		"dearer":             {models.NGN(51), 50, false, false},
		"dearer and allowed": {models.NGN(51), 50, true, true},
		"for nothing":        {models.NGN(1), 0, false, false},
		"not comparable":     {models.Money{Minor: 51, Currency: "USD"}, 50, false, true},
		"not known":          {models.Money{}, 0, false, true},
	} {
		r := newRouter(RouterOptions{Candidates: []Candidate{
			{Name: "a", Source: says(models.OutcomeFound), Tariff: &Tariff{Cost: row.cost, On: []models.Outcome{models.OutcomeFound}}},
		}})
		q := question(t, "08031234567")
		q.Price.Found, q.Routing.AllowDearer = row.price, row.allowed
		got := r.Owners(t.Context(), q)
		if asked := got.Outcome == models.OutcomeFound; asked != row.asked {
			t.Errorf("%s: %s", name, got.Outcome)
		}
		if !row.asked && (got.Outcome != models.OutcomeTooDear || got.Attempts[0].Billed != "" || got.Attempts[0].CostMinor != 0) {
			t.Errorf("%s: %+v", name, got.Attempts)
		}
	}
}

func TestTheFullRecordHasItsOwnPrice(t *testing.T) {
	t.Parallel()
	on := []models.Outcome{models.OutcomeFound}
	r := newRouter(RouterOptions{Candidates: []Candidate{{
		Name: "a", Source: says(models.OutcomeFound),
		Tariff: &Tariff{Cost: models.NGN(40), On: on}, AdvancedTariff: &Tariff{Cost: models.NGN(90), On: on},
	}}})
	for advanced, want := range map[bool]models.Attempt{
		false: {Billed: models.BilledYes, CostMinor: 40, Currency: "NGN"},
		true:  {Outcome: models.OutcomeTooDear},
	} {
		q := question(t, "08031234567")
		q.Price.Found, q.Advanced = 50, advanced
		got := r.Owners(t.Context(), q).Attempts[0]
		if got.Billed != want.Billed || got.CostMinor != want.CostMinor || got.Currency != want.Currency {
			t.Errorf("advanced %t: %+v", advanced, got)
		}
	}
}
