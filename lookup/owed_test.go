package lookup

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/models"
)

// debtor is a far side that owes answers: it counts how often it is asked for one and says what a test wants.
type debtor struct {
	polled atomic.Int64
	say    func(source, ref string, q Question) Finding
}

func (d *debtor) Poll(_ context.Context, source, ref string, q Question) Finding {
	d.polled.Add(1)
	return d.say(source, ref, q)
}

// owing is an outage in which the live source owes an answer under the reference r-1.
type owing struct {
	*outage
	debtor *debtor
}

func owings(t *testing.T, test func(t *testing.T, o *owing)) {
	t.Helper()
	outages(t, func(t *testing.T, out *outage) {
		o := &owing{out, &debtor{say: func(string, string, Question) Finding { return Finding{Outcome: models.OutcomePending} }}}
		o.Service.outage.Promises = o.debtor
		o.live.say = owes("r-1")
		test(t, o)
	})
}

// owes is a source that says pending.
func owes(ref string) func(Question) Finding {
	return func(Question) Finding {
		tried := models.Attempt{Source: "vendor", Outcome: models.OutcomePending, At: noon, HTTP: 200, Ref: ref}
		return Finding{Outcome: tried.Outcome, Source: "vendor", Ref: ref, Attempts: []models.Attempt{tried}}
	}
}

// brings is the callback with which the source brings a finding.
func brings(ref string, f Finding) Callback {
	return Callback{Sources: []string{"vendor"}, Ref: ref, Read: func(string, Question) Finding { return f }}
}

var ngozis = Finding{Outcome: models.OutcomeFound, Owners: []models.Owner{ngozi}}

func (o *owing) polls(f Finding) { o.debtor.say = func(string, string, Question) Finding { return f } }

// polled checks how often the source was asked for what it owes, and how often anew.
func (o *owing) polled(polls, asked int64) {
	o.t.Helper()
	if n := o.debtor.polled.Load(); n != polls {
		o.t.Errorf("polled %d times, want %d", n, polls)
	}
	o.asked(asked)
}

// refs gives what is noted of owed answers, oldest first.
func (o *owing) refs() (lines []string) {
	o.t.Helper()
	var rows []models.UpstreamRef
	if err := o.db.Gorm.Order("created_at, ref").Find(&rows).Error; err != nil {
		o.t.Fatal(err)
	}
	for _, r := range rows {
		if r.EndedAt.IsZero() != (r.State == models.UpstreamOwed) || r.BusinessID != "shop" {
			o.t.Errorf("%+v", r)
		}
		lines = append(lines, fmt.Sprint(r.Source, " ", r.Ref, " ", r.State))
	}
	return lines
}

func (o *owing) noted(want ...string) {
	o.t.Helper()
	if got := o.refs(); fmt.Sprint(got) != fmt.Sprint(want) {
		o.t.Errorf("noted %q, want %q", got, want)
	}
}

// hears checks what a callback comes to.
func (o *owing) hears(n Callback, want CallbackResult) {
	o.t.Helper()
	if got, err := o.Complete(o.t.Context(), n); err != nil || got != want {
		o.t.Errorf("it came to %q (%v), want %q", got, err, want)
	}
}

// untold takes the business's endpoint away.
func (o *outage) untold() {
	o.t.Helper()
	list, err := o.hooks.Endpoints(o.t.Context(), "shop")
	if err == nil {
		err = o.hooks.Delete(o.t.Context(), "shop", list[0].ID)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestWhatASourceOwesIsAskedForOnceAlsoForABusinessThatCannotBeTold(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.untold()
		first := o.pending(keyed)
		for range 4 {
			if again := o.pending(keyed); !again.Replayed || string(again.Body) != string(first.Body) {
				t.Errorf("%+v", again)
			}
		}
		o.asked(1)
		o.has(950, 50)
		o.noted("vendor r-1 owed")
		o.hears(brings("r-1", ngozis), CallbackKept)
		if r := o.only(); r.Status != models.StatusFound || r.Charged != 50 || len(r.Said.Owners) != 1 {
			t.Errorf("%+v", r)
		}
		o.noted("vendor r-1 kept")
		o.has(950, 0)
		o.clean()
	})
}

func TestASourceThatWillSayLaterWithoutAReferenceOwesNothing(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.untold()
		o.live.say = owes("")
		_, err := o.Find(t.Context(), o.query(keyed))
		refused(t, err, models.SourcesUnavailable)
		o.has(1000, 0)
		o.clean()
	})
}

func TestWhatASourceOwesIsAskedForAndNeverPaidForTwice(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		o.noted("vendor r-1 owed")
		o.clock.pass(time.Minute)
		o.resumes(0)
		o.polled(1, 1)
		o.polls(Finding{Outcome: models.OutcomeProviderDown})
		o.clock.pass(time.Minute)
		o.resumes(0)
		o.polled(2, 1)
		o.has(950, 50)
		o.polls(ngozis)
		o.clock.pass(time.Hour)
		o.resumes(1)
		o.polled(3, 1)
		if l := o.ended(models.StatusFound, "", 50); l.Source != "vendor" {
			t.Errorf("source %q", l.Source)
		}
		o.noted("vendor r-1 kept")
		o.has(950, 0)
		o.hears(brings("r-1", ngozis), CallbackDuplicate)
		o.has(950, 0)
	})
}

func TestASourceThatOwesNothingAnyMoreIsAskedAnew(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		o.polls(Finding{Outcome: models.OutcomeNotApplicable})
		var rounds []string
		o.live.say = func(q Question) Finding {
			rounds = append(rounds, fmt.Sprint(q.Round, q.Reference() == fmt.Sprintf("%s-%d", q.LookupID, q.Round)))
			return owes(fmt.Sprintf("r-%d", q.Round+1))(q)
		}
		for range 2 {
			o.clock.pass(time.Hour)
			o.resumes(0)
		}
		o.polled(2, 3)
		o.noted("vendor r-1 broken", "vendor r-2 broken", "vendor r-3 owed")
		if fmt.Sprint(rounds) != "[1 true 2 true]" {
			t.Errorf("rounds %v", rounds)
		}
		o.has(950, 50)
		o.clean()
	})
}

func TestASourceIsNotWaitedForForever(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		o.clock.pass(trust - time.Second)
		o.resumes(0)
		o.polled(1, 1)
		o.live.say = found(ngozi)
		o.clock.pass(time.Hour)
		o.resumes(1)
		o.polled(1, 2)
		o.ended(models.StatusFound, "", 50)
		o.hears(brings("r-1", ngozis), CallbackLate)
		o.hears(brings("r-1", ngozis), CallbackDuplicate)
		o.noted("vendor r-1 late")
		o.has(950, 0)
	})
}

func TestAnAnswerThatIsBroughtEndsItsLookupOnce(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		o.hears(brings("r-1", Finding{Outcome: models.OutcomePending}), CallbackPending)
		o.hears(brings("r-1", Finding{Outcome: models.OutcomeBadPayload}), CallbackUnread)
		o.hears(brings("r-2", ngozis), CallbackUnknown)
		o.hears(Callback{Sources: []string{"other"}, Ref: "r-1"}, CallbackUnknown)
		o.hears(brings("", ngozis), CallbackUnknown)
		o.has(950, 50)
		var kept atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				c, err := o.Complete(t.Context(), brings("r-1", ngozis))
				if models.CodeOf(err) != models.Busy && (err != nil || c != CallbackKept && c != CallbackDuplicate) {
					t.Errorf("%q, %v", c, err)
				}
				if c == CallbackKept {
					kept.Add(1)
				}
			})
		}
		all.Wait()
		if kept.Load() != 1 {
			t.Errorf("kept %d times", kept.Load())
		}
		o.ended(models.StatusFound, "", 50)
		o.has(950, 0)
		o.clock.pass(time.Hour)
		o.resumes(0)
		o.polled(0, 1)
		o.noted("vendor r-1 kept")
	})
}

func TestWhatIsBroughtCostsWhatItWouldHave(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		o.hears(brings("r-1", Finding{Outcome: models.OutcomeNotFound}), CallbackKept)
		o.ended(models.StatusNotFound, "", 20)
		o.has(980, 0)
	})
}

func TestASourceThatGivesUpHasTheQuestionPutAnewAtOnce(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		o.hears(brings("r-1", Finding{Outcome: models.OutcomeNotApplicable}), CallbackBroken)
		o.live.say = found(ngozi)
		o.clock.pass(time.Millisecond)
		o.resumes(1)
		o.polled(0, 2)
		o.ended(models.StatusFound, "", 50)
		o.has(950, 0)
	})
}

func TestAnAnswerThatNobodyWaitsForIsNotedAndNotCharged(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.live.say = func(q Question) Finding { // another source has it at once
			f := found(ngozi)(q)
			f.Attempts = append(owes("r-1")(q).Attempts, f.Attempts...)
			return f
		}
		o.pending()
		o.has(950, 0)
		o.noted("vendor r-1 owed")
		o.hears(brings("r-1", ngozis), CallbackLate)
		o.noted("vendor r-1 late")
		o.has(950, 0)
		o.clean()
	})
}

func TestAnAnswerThatComesBeforeItsLookupIsPendingIsToComeAgain(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		if err := o.db.Gorm.Exec("UPDATE lookups SET status = 'open'").Error; err != nil {
			t.Fatal(err)
		}
		_, err := o.Complete(t.Context(), brings("r-1", ngozis))
		refused(t, err, models.Busy)
		o.noted("vendor r-1 owed")
	})
}

func TestAnAnswerAboutSomebodyWhoHasWithdrawnOrWasErasedIsNotKept(t *testing.T) {
	t.Run("withdrawn", func(t *testing.T) {
		owings(t, func(t *testing.T, o *owing) {
			o.pending()
			if _, err := o.Withdraw(t.Context(), Withdrawal{BusinessID: "shop", KeyID: "key", Phone: o.query().Phone}); err != nil {
				t.Fatal(err)
			}
			o.hears(brings("r-1", ngozis), CallbackKept)
			l := o.ended(models.StatusFailed, "Consent was withdrawn", 0)
			if r, err := o.Get(t.Context(), "shop", false, l.ID); err != nil || len(r.Said.Owners) != 0 {
				t.Errorf("%+v, %v", r, err)
			}
			o.has(1000, 0)
		})
	})
	t.Run("erased", func(t *testing.T) {
		owings(t, func(t *testing.T, o *owing) {
			o.pending()
			if err := o.db.Gorm.Exec("UPDATE lookups SET data_key = NULL").Error; err != nil {
				t.Fatal(err)
			}
			o.hears(brings("r-1", ngozis), CallbackLate)
			if l := o.lookups()[0]; l.Status != models.StatusFailed || l.Reason != "Erased" {
				t.Errorf("%+v", l)
			}
			o.has(1000, 0)
			o.clean()
		})
	})
}
