package lookup

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

func TestTwoSourcesDisagreeOnlyWhenNoOwnerMayBeTheSame(t *testing.T) {
	t.Parallel()
	owner := func(name, born string) models.Owner { return models.Owner{FullName: name, DateOfBirth: born} }
	a := owner("OKAFOR NGOZI ADAEZE", "1990-04-23")
	for name, c := range map[string]struct {
		first, second []models.Owner
		check         models.Check
		fields        string
	}{
		"the same":                  {[]models.Owner{a}, []models.Owner{a}, models.CheckAgreed, ""},
		"another order":             {[]models.Owner{a}, []models.Owner{owner("Ngozi Okafor", "1990-04-23")}, models.CheckAgreed, ""},
		"parts":                     {[]models.Owner{a}, []models.Owner{{FirstName: "Ngozi", LastName: "Okafor"}}, models.CheckAgreed, ""},
		"no date":                   {[]models.Owner{a}, []models.Owner{owner("NGOZI OKAFOR", "")}, models.CheckAgreed, ""},
		"another date":              {[]models.Owner{a}, []models.Owner{owner("NGOZI OKAFOR", "1991-04-23")}, models.CheckConflict, "dateOfBirth"},
		"another name":              {[]models.Owner{a}, []models.Owner{owner("EMEKA EZE", "1990-04-23")}, models.CheckConflict, "name"},
		"another person":            {[]models.Owner{a}, []models.Owner{owner("EMEKA EZE", "1970-01-01")}, models.CheckConflict, "name dateOfBirth"},
		"one of two":                {[]models.Owner{owner("EMEKA EZE", ""), a}, []models.Owner{a}, models.CheckAgreed, ""},
		"the nearest is told of":    {[]models.Owner{owner("EMEKA EZE", ""), a}, []models.Owner{owner("NGOZI OKAFOR", "1991-04-23")}, models.CheckConflict, "dateOfBirth"},
		"nothing to compare":        {[]models.Owner{a}, []models.Owner{{Gender: "female"}}, models.CheckUnavailable, ""},
		"a name against a date":     {[]models.Owner{owner("EMEKA EZE", "")}, []models.Owner{owner("", "1970-01-01")}, models.CheckUnavailable, ""},
		"only dates, and they fit":  {[]models.Owner{owner("", "1970-01-01")}, []models.Owner{owner("", "1970-01-01")}, models.CheckAgreed, ""},
		"only dates, and they dont": {[]models.Owner{owner("", "1970-01-01")}, []models.Owner{owner("", "1970-01-02")}, models.CheckConflict, "dateOfBirth"},
	} {
		for turn, pair := range [][2][]models.Owner{{c.first, c.second}, {c.second, c.first}} {
			both := join(Finding{Outcome: models.OutcomeFound, Owners: pair[0]}, Finding{Outcome: models.OutcomeFound, Owners: pair[1]}, nil)
			fields := ""
			if d := both.Together.Conflict; d != nil {
				fields = strings.Join(d.Fields, " ")
			}
			if both.Together.Check != c.check || fields != c.fields {
				t.Errorf("%s, %d: %s %s", name, turn, both.Together.Check, fields)
			}
			want := pair[0]
			if c.fields != "" {
				want = slices.Concat(pair[0], pair[1])
			}
			if diff := cmp.Diff(want, both.Owners); diff != "" {
				t.Errorf("%s, %d: %s", name, turn, diff)
			}
		}
	}
}

func TestASourceThatOnlyComparesIsHeldAgainstOneThatNamesOwners(t *testing.T) {
	t.Parallel()
	first, last := "Ngozi", "Okafor"
	expected := &models.Expected{FirstName: &first, LastName: &last}
	named := Finding{Outcome: models.OutcomeFound, Source: "a", Owners: []models.Owner{ngozi}}
	judges := func(verdict models.Verdict) Finding {
		return Finding{Outcome: models.OutcomeFound, Source: "b", Match: &models.Match{FirstName: &models.FieldMatch{Verdict: verdict}}}
	}
	for verdict, want := range map[models.Verdict]models.Check{
		models.Agrees: models.CheckAgreed, models.Differs: models.CheckConflict, models.NotAvailable: models.CheckUnavailable,
	} {
		for _, both := range []Finding{join(named, judges(verdict), expected), join(judges(verdict), named, expected)} {
			if both.Together.Check != want || len(both.Owners) != 1 {
				t.Errorf("%s: %s, %d owners", verdict, both.Together.Check, len(both.Owners))
			}
			if d := both.Together.Conflict; want == models.CheckConflict && (d == nil || !slices.Equal(d.Fields, []string{"firstName"})) {
				t.Errorf("%s: %+v", verdict, d)
			}
		}
	}
}

// opinions makes the live source two: the second is the one that is asked when the first is excluded.
func (d *desk) opinions(first, second Finding) {
	d.live.say = func(q Question) Finding {
		said := first
		if slices.Contains(q.Exclude, first.Source) {
			said = second
		}
		said.Attempts = []models.Attempt{{Source: said.Source, Outcome: said.Outcome, At: noon}}
		return said
	}
}

func checked(q *Query) { q.CrossCheck = true }

// only gives the one lookup that there is, read again.
func (d *desk) only() *Record {
	d.t.Helper()
	rows := d.lookups()
	r, err := d.Get(d.t.Context(), "shop", rows[0].Sandbox, rows[0].ID)
	if err != nil || len(rows) != 1 {
		d.t.Fatal(len(rows), err)
	}
	return r
}

func TestSourcesThatDisagreeAreBothToldOfAndPaidForOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		emeka := models.Owner{FullName: "EZE EMEKA", DateOfBirth: "1970-01-01"}
		d.opinions(
			Finding{Outcome: models.OutcomeFound, Source: "a", Ref: "r-1", Owners: []models.Owner{ngozi}},
			Finding{Outcome: models.OutcomeFound, Source: "b", Ref: "r-2", Owners: []models.Owner{emeka}},
		)
		if _, err := d.Find(t.Context(), d.query(checked)); err != nil {
			t.Fatal(err)
		}
		d.has(50, 0)
		r := d.only()
		if diff := cmp.Diff([]models.Owner{ngozi, emeka}, r.Said.Owners); diff != "" {
			t.Error(diff)
		}
		if r.Said.Check != models.CheckConflict || !slices.Equal(r.Said.Conflict.Fields, []string{"name", "dateOfBirth"}) || r.Source != "a" {
			t.Errorf("%s %s %+v", r.Source, r.Said.Check, r.Said.Conflict)
		}
		told := r.Statements()
		if len(told) != 2 || told[0].Source != "a" || told[0].Ref != "r-1" || told[0].Named[0].FullName != ngozi.FullName ||
			told[1].Source != "b" || told[1].Ref != "r-2" || told[1].Named[0].FullName != emeka.FullName || !told[1].At.Equal(noon) {
			t.Errorf("%+v", told)
		}
		if strings.Count(r.Attempts, `"found"`) != 2 || d.live.asked.Load() != 2 {
			t.Errorf("%s after %d questions", r.Attempts, d.live.asked.Load())
		}
		d.clean()
	})
}

func TestASecondSourceThatAgreesOrCannotSayChangesNothingButTheRecord(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		for second, want := range map[models.Outcome]models.Check{
			models.OutcomeFound: models.CheckAgreed, models.OutcomeNotFound: models.CheckUnavailable, models.OutcomeTimeout: models.CheckUnavailable,
		} {
			d.db.Gorm.Exec("DELETE FROM lookups")
			d.db.Gorm.Exec("DELETE FROM transfers")
			d.db.Gorm.Exec("DELETE FROM wallets")
			d.wallet("shop", 100)
			said := Finding{Outcome: second, Source: "b"}
			if second == models.OutcomeFound {
				said.Owners = []models.Owner{{FullName: "Okafor Ngozi"}}
			}
			d.opinions(Finding{Outcome: models.OutcomeFound, Source: "a", Owners: []models.Owner{ngozi}}, said)
			if _, err := d.Find(t.Context(), d.query(checked)); err != nil {
				t.Fatal(err)
			}
			d.has(50, 0)
			r := d.only()
			if len(r.Said.Owners) != 1 || r.Said.Check != want || r.Said.Conflict != nil || strings.Count(r.Attempts, `"source"`) != 2 {
				t.Errorf("%s: %+v, %s", second, r.Said, r.Attempts)
			}
			told := r.Statements()
			if second == models.OutcomeFound && (len(told) != 2 || len(told[1].Named) != 1 || told[1].Named[0].FullName != "Okafor Ngozi") {
				t.Errorf("%s: %+v", second, told)
			}
		}
	})
}

func TestAMissIsNotCheckedAndAPendingLookupIs(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending(checked)
		o.clock.pass(10 * time.Second)
		o.opinions(
			Finding{Outcome: models.OutcomeFound, Source: "a", Owners: []models.Owner{ngozi}},
			Finding{Outcome: models.OutcomeFound, Source: "b", Owners: []models.Owner{{FullName: "EZE EMEKA"}}},
		)
		o.resumes(1)
		if r := o.only(); r.Said.Check != models.CheckConflict || len(r.Said.Owners) != 2 {
			t.Errorf("%+v", r.Said)
		}
		before := o.live.asked.Load()
		o.live.say = func(Question) Finding { return Finding{Outcome: models.OutcomeNotFound, Source: "a"} }
		if _, err := o.Find(t.Context(), o.query(checked)); err != nil {
			t.Error(err)
		}
		o.asked(before + 1)
	})
}

func TestWhatOnlyOneOfTwoSourcesConfirmsIsNotConfirmed(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	named := func(o models.Owner) Finding { return Finding{Outcome: models.OutcomeFound, Owners: []models.Owner{o}} }
	judged := func(verdict models.Verdict) Finding {
		likeness := &models.FieldMatch{Verdict: verdict}
		return Finding{Outcome: models.OutcomeFound, Match: &models.Match{FirstName: likeness, LastName: likeness}}
	}
	other := models.Owner{FullName: "NGOZI EZE", FirstName: "Ngozi", LastName: "Eze", DateOfBirth: "1990-04-23"}
	for name, c := range map[string]struct {
		first, second Finding
		all           bool
		disputed      bool
	}{
		"the first one denies it":    {named(other), named(ngozi), false, true},
		"the second one denies it":   {named(ngozi), named(other), false, true},
		"both confirm it":            {named(ngozi), named(ngozi), true, false},
		"one that only compares":     {named(ngozi), judged(models.Differs), false, true},
		"two that only compare":      {judged(models.Agrees), judged(models.Differs), false, true},
		"one that has nothing of it": {named(ngozi), judged(models.NotAvailable), true, false},
	} {
		for _, release := range []models.Disclosure{models.DiscloseOwner, models.DiscloseVerdict} {
			t.Run(name+string(release), func(t *testing.T) {
				t.Parallel()
				engines(t, func(t *testing.T, d *desk) {
					d.wallet("shop", 100)
					first, second := c.first, c.second // each engine has its own
					first.Source, second.Source = "a", "b"
					d.opinions(first, second)
					_, err := d.Find(t.Context(), d.query(checked, func(q *Query) {
						q.Release, q.Expected = release, &models.Expected{FirstName: text("Ngozi"), LastName: text("Okafor")}
					}))
					if err != nil {
						t.Fatal(err)
					}
					m := d.only().Match()
					if m.All() != c.all || m.LastName.Disputed != c.disputed || m.LastName.Same() == c.disputed {
						t.Errorf("%+v, first name %+v, last name %+v", m, m.FirstName, m.LastName)
					}
				})
			})
		}
	}
}
