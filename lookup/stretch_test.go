package lookup

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// TestAListIsTheSameHoweverFarItsIndexesAre asks with every filter before the jobs have come by, between their rounds and after them.
func TestAListIsTheSameHoweverFarItsIndexesAre(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100_000)
		chance := rand.New(rand.NewPCG(1, 2))
		var first []string
		for part := range 3 {
			d.fillDays(chance, 40)
			want := d.everyList(t)
			for _, jobs := range [][]func() error{
				{func() error { return d.TagNew(t.Context()) }},
				{func() error { return d.CountNew(t.Context()) }},
			} {
				for _, job := range jobs {
					if err := job(); err != nil {
						t.Fatal(err)
					}
				}
				for i, got := range d.everyList(t) {
					if !slices.Equal(got, want[i]) {
						t.Fatalf("part %d, list %d: %v, without an index %v", part, i, got, want[i])
					}
				}
			}
			first = want[0]
		}
		if len(first) < 20 || slices.Equal(first, d.everyList(t)[1]) {
			t.Errorf("the lists say little: %v", first)
		}
	})
}

// fillDays makes lookups over some days: of several keys, sources, outcomes and metadata. Some stay pending, some of those end later.
func (d *desk) fillDays(chance *rand.Rand, n int) {
	d.t.Helper()
	says := []func(Question) Finding{found(ngozi), tried(models.OutcomeNotFound, "good"), tried(models.OutcomeTimeout, "good")}
	for range n {
		d.clock.pass(time.Duration(chance.IntN(90)) * time.Minute)
		if chance.IntN(3) == 0 { // to where two hours meet
			now := d.clock.now()
			d.clock.pass(now.Truncate(time.Hour).Add(time.Hour + time.Duration(chance.IntN(20))*time.Second).Sub(now))
		}
		d.live.say = says[min(chance.IntN(6), 2)]
		_, _ = d.Find(d.t.Context(), d.query(func(q *Query) {
			q.At, q.KeyID, q.Advanced = d.clock.now(), fmt.Sprint("key", chance.IntN(2)), chance.IntN(4) == 0
			q.Metadata = json.RawMessage(fmt.Sprintf(`{"branch":%d,"agent":"a%d"}`, chance.IntN(3), chance.IntN(30)))
		}))
		if chance.IntN(6) == 0 {
			open := models.Lookup{
				BusinessID: "shop", ID: d.world.NewID(), KeyID: "key1", Status: models.StatusPending, NumberIndex: []byte{1}, Request: []byte{1},
				RequestedAt: d.clock.now(), ModifiedAt: d.clock.now(), ExpiresAt: d.clock.now().Add(1000 * time.Hour),
			}
			if err := d.db.Gorm.Create(&open).Error; err != nil {
				d.t.Fatal(err)
			}
		}
		if chance.IntN(20) == 0 {
			end := "UPDATE lookups SET status = 'failed', source = 'late' WHERE id IN (SELECT id FROM lookups WHERE status = 'pending' LIMIT 1)"
			if err := d.db.Gorm.Exec(end).Error; err != nil {
				d.t.Fatal(err)
			}
		}
	}
	d.clock.pass(time.Minute)
}

// everyList reads all pages of each kind of list, and gives the ids.
func (d *desk) everyList(t *testing.T) (all [][]string) {
	t.Helper()
	yes := true
	branch := map[string]json.RawMessage{"branch": json.RawMessage("1")}
	agent := json.RawMessage(`"a7"`)
	for _, f := range []Search{
		{},
		{Status: models.StatusFound},
		{Status: models.StatusFailed},
		{Status: models.StatusPending},
		{Source: "good"},
		{Source: "late"},
		{Source: "nobody"},
		{KeyID: "key1", Status: models.StatusNotFound},
		{Advanced: &yes},
		{Check: models.CheckAgreed},
		{Metadata: branch},
		{Metadata: map[string]json.RawMessage{"branch": branch["branch"], "agent": agent}},
		{Metadata: branch, Status: models.StatusNotFound},
		{Any: []Member{{Name: "agent", Value: agent}, {Name: "branch", Value: branch["branch"]}}},
		{Metadata: map[string]json.RawMessage{"x": agent}},
		{Status: models.StatusFound, From: noon.Add(5 * time.Hour), To: noon.Add(29 * time.Hour)},
	} {
		for _, oldest := range []bool{false, true} {
			f.BusinessID, f.Limit, f.Oldest = "shop", 7, oldest
			all = append(all, d.pages(t, f))
		}
	}
	return all
}

// pages reads a list page by page to its end.
func (d *desk) pages(t *testing.T, f Search) (ids []string) {
	t.Helper()
	for {
		page, more, err := d.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			ids = append(ids, r.ID)
		}
		if !more {
			return ids
		}
		if last := page[len(page)-1].ID; f.Oldest {
			f.After = last
		} else {
			f.Before = last
		}
	}
}

func TestARareMemberIsFoundByAnIndex(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100_000)
		d.fillDays(rand.New(rand.NewPCG(3, 4)), 300)
		if err := d.TagNew(t.Context()); err != nil {
			t.Fatal(err)
		}
		f := Search{BusinessID: "shop", Metadata: map[string]json.RawMessage{"agent": json.RawMessage(`"nobody"`)}}
		dry := d.db.Gorm.Session(&gorm.Session{DryRun: true})
		var rows []models.Lookup
		statement := d.members(d.narrow(dry, f), f, true).Order("id DESC").Limit(51).Find(&rows).Statement
		if plan := d.plan(statement.SQL.String(), statement.Vars...); strings.Contains(plan, "SCAN lookup") || !strings.Contains(plan, "lookup_tags") {
			t.Errorf("%s", plan)
		}
	})
}
