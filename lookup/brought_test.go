package lookup

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"whoseline/models"
)

// answersLater are the ways in which an answer comes that is owed.
var answersLater = map[string]func(o *owing, f Finding){
	"brought": func(o *owing, f Finding) { o.hears(brings("r-1", f), CallbackKept) },
	"asked for": func(o *owing, f Finding) {
		o.polls(f)
		o.clock.pass(time.Minute)
		o.resumes(1)
	},
}

func TestAnAnswerThatComesLaterIsCheckedLikeAnyOther(t *testing.T) {
	for name, comes := range answersLater {
		t.Run(name, func(t *testing.T) {
			owings(t, func(t *testing.T, o *owing) {
				o.pending(checked)
				o.live.say = func(q Question) Finding {
					if !slices.Equal(q.Exclude, []string{"vendor"}) {
						t.Errorf("excluded %q", q.Exclude)
					}
					emeka := models.Owner{FullName: "EZE EMEKA", DateOfBirth: "1970-01-01"}
					return Finding{Outcome: models.OutcomeFound, Source: "b", Owners: []models.Owner{emeka}}
				}
				comes(o, ngozis)
				if r := o.only(); r.Said.Check != models.CheckConflict || len(r.Said.Owners) != 2 || r.Source != "vendor" {
					t.Errorf("%s: %+v", r.Source, r.Said)
				}
				o.asked(2)
				o.ended(models.StatusFound, "", 50)
				o.has(950, 0)
			})
		})
	}
}

func TestAnAnswerThatIsBroughtManyTimesAtOnceIsSecondedOnce(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending(checked)
		o.live.say = func(Question) Finding {
			return Finding{Outcome: models.OutcomeFound, Source: "b", Owners: []models.Owner{ngozi}}
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := o.Complete(t.Context(), brings("r-1", ngozis)); err != nil && models.CodeOf(err) != models.Busy {
					t.Error(err)
				}
			})
		}
		all.Wait()
		o.asked(2)
		if r := o.only(); r.Said.Check != models.CheckAgreed {
			t.Errorf("%+v", r.Said)
		}
		o.has(950, 0)
	})
}

func TestAnAnswerThatComesLaterHasItsCostInTheRecord(t *testing.T) {
	for name, comes := range answersLater {
		t.Run(name, func(t *testing.T) {
			owings(t, func(t *testing.T, o *owing) {
				o.pending()
				f, cost := ngozis, models.NGN(30)
				f.Cost = &cost
				comes(o, f)
				list, err := o.Margins(t.Context(), Span{})
				if err != nil || len(list) != 1 || list[0].Cost != 30 || list[0].Billed != 1 || list[0].Margin != 20 {
					t.Errorf("%+v, %v", list, err)
				}
			})
		})
	}
}

func TestAReferenceThatServedManyLookupsServesTheOneThatWaits(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		for i := range maxDebts {
			earlier := models.UpstreamRef{
				BusinessID: "shop", LookupID: fmt.Sprintf("%024x", i), Source: "vendor", Ref: "r-1", State: models.UpstreamKept,
				Outcome: models.OutcomeFound, CreatedAt: noon.Add(-time.Hour), EndedAt: noon.Add(-time.Minute),
			}
			if err := o.db.Gorm.Create(&earlier).Error; err != nil {
				t.Fatal(err)
			}
		}
		o.hears(brings("r-1", ngozis), CallbackKept)
		o.ended(models.StatusFound, "", 50)
	})
}
