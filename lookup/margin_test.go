package lookup

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

// tried is a finding with the exchanges that led to it.
func tried(outcome models.Outcome, source string, attempts ...models.Attempt) func(Question) Finding {
	return func(Question) Finding {
		f := Finding{Outcome: outcome, Source: source, Attempts: attempts}
		if outcome == models.OutcomeFound {
			f.Owners = []models.Owner{ngozi}
		}
		return f
	}
}

func TestTheMarginIsWhatWasCapturedLessWhatWasBilled(t *testing.T) {
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		late := models.Attempt{Source: "slow", Outcome: models.OutcomeTimeout, Billed: models.BilledUnknown, CostMinor: 9, Currency: "NGN"}
		hit := models.Attempt{Source: "good", Outcome: models.OutcomeFound, Billed: models.BilledYes, CostMinor: 30, Currency: "NGN"}
		miss := models.Attempt{Source: "good", Outcome: models.OutcomeNotFound, Billed: models.BilledNo}
		abroad := models.Attempt{Source: "good", Outcome: models.OutcomeFound, Billed: models.BilledYes, CostMinor: 5, Currency: "USD"}
		code := models.Attempt{Source: "possession", Outcome: models.OutcomeConfirmed} // of no source
		shut := models.Attempt{Source: "shut", Outcome: models.OutcomeBreakerOpen}
		for _, say := range []func(Question) Finding{
			tried(models.OutcomeFound, "good", code, shut, late, hit),
			tried(models.OutcomeNotFound, "good", miss),
			tried(models.OutcomeFound, "good", abroad),
			tried(models.OutcomeTimeout, "slow", late),
		} {
			d.live.say = say
			_, _ = d.Find(t.Context(), d.query())
			d.clock.pass(time.Hour)
		}
		d.live.say = tried(models.OutcomeFound, "good", hit)
		if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.At = d.clock.now() })); err != nil {
			t.Fatal(err)
		}
		d.test.say = tried(models.OutcomeFound, "good", hit)
		if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.Sandbox = true })); err != nil {
			t.Fatal(err)
		}
		got, err := d.Margins(t.Context(), Span{From: noon, To: noon.Add(4 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		want := []Margin{
			{Source: "good", Currency: "NGN", Asked: 2, Billed: 1, Answered: 3, Revenue: 120, Cost: 30, Margin: 90},
			{Source: "good", Currency: "USD", Asked: 1, Billed: 1, Cost: 5},
			{Source: "slow", Currency: "NGN", Asked: 2, Unsure: 2, MayCost: 18},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if all, err := d.Margins(t.Context(), Span{}); err != nil || all[0].Answered != 4 || all[0].Cost != 60 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestASourceIsToldThePriceAndWhatWasAgreedAlsoWhenItIsAskedAgain(t *testing.T) {
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		agreed := models.Routing{Sources: []string{"dojah", "prembly"}, SecondOnMiss: true, HedgePerDay: 500}
		var asked []Question
		d.live.say = func(q Question) Finding {
			asked = append(asked, q)
			return found(ngozi)(q)
		}
		if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.Routing = agreed })); err != nil {
			t.Fatal(err)
		}
		record, err := d.unseal(d.lookups()[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range append(asked, record.question()) {
			if diff := cmp.Diff(agreed, q.Routing); diff != "" || q.Price != (Price{Found: 50, NotFound: 20}) {
				t.Errorf("%+v: %s", q.Price, diff)
			}
		}
		if attempts := record.Exchanges(); len(attempts) != 1 || attempts[0].Source != "directory" {
			t.Errorf("%v", attempts)
		}
	})
}
