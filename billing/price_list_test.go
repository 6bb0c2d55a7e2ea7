package billing

import (
	"testing"
	"time"

	"whoseline/models"
)

func dated(own bool, from time.Time, amount int64, tiers ...Tier) Price {
	return Price{Product: Phone, Outcome: models.OutcomeFound, Amount: amount, Own: own, From: from, Tiers: tiers}
}

func TestAPriceHoldsFromItsMomentOnAndTheOwnOneGoesFirst(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	list := PriceList{
		defaults: PriceDefaults{Found: 50, NotFound: Same, Advanced: Same, AdvancedNotFound: Same},
		operator: []Price{dated(false, now.Add(time.Hour), 60), dated(false, now.Add(3*time.Hour), 70)},
		own:      []Price{dated(true, now.Add(2*time.Hour), 40)},
	}
	for after, want := range map[time.Duration]int64{
		0: 50, time.Hour - 1: 50, time.Hour: 60, 2*time.Hour - 1: 60, 2 * time.Hour: 40, 3 * time.Hour: 40,
	} {
		p := list.At(now.Add(after), Volume{})
		if got := p.For(false, models.OutcomeFound); got != want || p.For(true, models.OutcomeNotFound) != want {
			t.Errorf("after %s: %d, want %d", after, got, want)
		}
	}
	coming := list.Coming(now)
	if len(coming) != 2 || coming[0].Amount != 60 || coming[1].Amount != 40 {
		t.Errorf("%+v", coming) // the operator's 70 never reaches this business
	}
	if line := list.Lines(now.Add(time.Hour), Volume{})[0]; line.Own || line.Amount != 60 || !line.From.Equal(now.Add(time.Hour)) {
		t.Errorf("%+v", line)
	}
}

func TestAQuoteGoesThroughTheTiersThatItReaches(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	list := PriceList{
		defaults: PriceDefaults{Found: 50, NotFound: 0, Advanced: 90, AdvancedNotFound: Same},
		own:      []Price{dated(true, now, 50, Tier{100, 40}, Tier{200, 30}), dated(true, now.Add(time.Hour), 10)},
	}
	for _, c := range []struct {
		count, volume, most int64
	}{{1, 0, 50}, {100, 0, 5000}, {101, 0, 5040}, {250, 0, 5000 + 4000 + 50*30}, {10, 95, 5*50 + 5*40}, {2, 500, 60}} {
		q, err := list.Quote(Phone, c.count, now, Volume{c.volume, 7})
		if err != nil || q.Most != c.most || !q.Until.Equal(now.Add(time.Hour)) {
			t.Errorf("%+v: %+v, %v", c, q, err)
		}
	}
	if q, err := list.Quote(PhoneAdvanced, 3, now, Volume{500, 500}); err != nil || q.Most != 270 {
		t.Errorf("%+v, %v", q, err)
	}
	for _, bad := range []Quote{{Product: Message, Count: 1}, {Product: Phone}, {Product: Phone, Count: maxQuoted + 1}} {
		_, err := list.Quote(bad.Product, bad.Count, now, Volume{})
		refused(t, err, models.Invalid)
	}
}

func TestTiersGrowAndAMessageHasNone(t *testing.T) {
	t.Parallel()
	good := dated(true, time.Time{}, 5, Tier{10, 4}, Tier{20, 0})
	if err := CheckPrice(good); err != nil {
		t.Error(err)
	}
	for _, tiers := range [][]Tier{{{0, 4}}, {{10, 4}, {10, 3}}, {{10, -1}}, {{10, maxPrice + 1}}, make([]Tier, maxTiers+1)} {
		bad := good
		bad.Tiers = tiers
		refused(t, CheckPrice(bad), models.Invalid)
	}
	refused(t, CheckPrice(Price{Product: Message, Outcome: Accepted, Tiers: []Tier{{1, 1}}}), models.Invalid)
}
