package lookup

import (
	"strings"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/webhooks"
)

func withheld(q *Query) {
	first, last, born := "Ngozi", "Okafor", "1991-04-23"
	q.Release, q.Expected = models.DiscloseVerdict, &models.Expected{FirstName: &first, LastName: &last, DateOfBirth: &born}
}

// nothingOf makes sure that a record and what was rendered of it say nothing of who the owner is.
func nothingOf(t *testing.T, r *Record, texts ...string) {
	t.Helper()
	for _, text := range append(texts, string(encode(r.Said))) {
		for _, personal := range []string{"NGOZI ADAEZE", "Adaeze", "1990-04-23", "70123456789", "Marina", "ngozi@", "female"} {
			if strings.Contains(text, personal) {
				t.Errorf("%s holds %q", text, personal)
			}
		}
	}
}

func TestWhereOnlyTheVerdictIsGivenTheOwnerIsNeitherShownNorStored(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		d.live.say = func(q Question) Finding {
			if !q.VerdictOnly {
				t.Error("the source is not told")
			}
			return found(ngozi)(q)
		}
		result, err := d.Find(t.Context(), d.query(withheld))
		if err != nil {
			t.Fatal(err)
		}
		d.has(50, 0)
		r := d.only()
		nothingOf(t, r, string(result.Body))
		if len(r.Said.Owners) != 0 || r.Status != models.StatusFound || r.Statements()[0].Source != "directory" {
			t.Errorf("%+v", r.Said)
		}
		m := r.Match()
		if got := written(m.FirstName) + ", " + written(m.LastName) + ", " + written(m.DateOfBirth); got != "true 100, true 100, false 0" {
			t.Error(got)
		}
	})
}

func TestAPendingLookupKeepsToWhatWasAgreedWhenItWasAsked(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending(withheld)
		o.clock.pass(10 * time.Second)
		o.live.say = found(ngozi)
		o.resumes(1)
		events, _, err := o.hooks.Events(t.Context(), webhooks.Search{BusinessID: "shop"})
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		event, err := o.hooks.Event(t.Context(), "shop", events[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		r := o.only()
		nothingOf(t, r, string(event.Payload))
		if r.Status != models.StatusFound || !r.Match().FirstName.Same() {
			t.Errorf("%+v", r.Said)
		}
	})
}

func TestAConflictIsToldWithoutTheOwners(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		d.opinions(
			Finding{Outcome: models.OutcomeFound, Source: "a", Owners: []models.Owner{ngozi}},
			Finding{Outcome: models.OutcomeFound, Source: "b", Owners: []models.Owner{{FullName: "NGOZI ADAEZE OKAFOR", DateOfBirth: "1999-01-01"}}},
		)
		if _, err := d.Find(t.Context(), d.query(withheld, checked)); err != nil {
			t.Fatal(err)
		}
		r := d.only()
		nothingOf(t, r)
		if r.Said.Check != models.CheckConflict || len(r.Statements()) != 2 || strings.Contains(string(encode(r.Said)), "1999") {
			t.Errorf("%s", encode(r.Said))
		}
	})
}

func TestASourceThatOnlyComparesFillsTheVerdictsAndNamesNobody(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		score := 71
		d.live.say = func(Question) Finding {
			return Finding{Outcome: models.OutcomeFound, Source: "judge", Match: &models.Match{
				FirstName: &models.FieldMatch{Verdict: models.Differs, Score: &score}, LastName: &models.FieldMatch{Verdict: models.Agrees},
			}}
		}
		if _, err := d.Find(t.Context(), d.query(withheld, func(q *Query) { q.Release = "" })); err != nil {
			t.Fatal(err)
		}
		d.has(50, 0)
		r := d.only()
		m := r.Match()
		if got := written(m.FirstName) + ", " + written(m.LastName) + ", " + written(m.DateOfBirth); got != "false 71, true -, not_available -" {
			t.Error(got)
		}
		if r.Status != models.StatusFound || len(r.Said.Owners) != 0 || r.Source != "judge" || r.Statements()[0].Match == nil {
			t.Errorf("%+v", r.Said)
		}
	})
}

func TestWhatWasStoredBeforeCanBeWithheldWhenItIsRead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		if _, err := d.Find(t.Context(), d.query(withheld, func(q *Query) { q.Release = models.DiscloseOwner })); err != nil {
			t.Fatal(err)
		}
		r := d.only()
		before := written(r.Match().DateOfBirth) + written(r.Match().FirstName)
		r.Withhold()
		nothingOf(t, r)
		if written(r.Match().DateOfBirth)+written(r.Match().FirstName) != before {
			t.Error("the verdict changed")
		}
		nobody := &Record{Lookup: models.Lookup{Status: models.StatusNotFound}, Asked: r.Asked}
		nobody.Withhold()
		if nobody.Match().FirstName.Verdict != models.Differs {
			t.Errorf("nobody: %+v", nobody.Match().FirstName)
		}
	})
}
