package console

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/staff"
)

// conflictsView is the queue of lookups whose sources disagree, or of which one alone answered.
type conflictsView struct {
	Rows    []conflictRow
	Tabs    []tab
	Older   string
	Decided bool
}

type tab struct {
	Text, Href string
	Current    bool
}

type conflictRow struct {
	ID, Number, Name, Assignee, Stands string
	Mark                               tag
	RequestedAt                        time.Time
}

// reviewView is what was done about one lookup, and what may be done.
type reviewView struct {
	May      bool
	Assignee string
	Stands   string
	Reviews  []reviewRow
	Sources  []string
	People   []ownerRow
	Note     string // what was typed and refused
}

type reviewRow struct {
	At    time.Time
	Words string
	Note  string
}

// conflicts answers GET /console/conflicts?show=open|mine|decided.
func (k *console) conflicts(c *fiber.Ctx) error {
	who, ctx := signedIn(c), c.UserContext()
	f := lookup.Disputes{BusinessID: who.BusinessID, Sandbox: sandboxed(c), Before: c.Query("before"), Limit: pageSize}
	if f.Before != "" && !models.IsID(f.Before) {
		return models.BadField("before", "there is no such page")
	}
	chosen := c.Query("show", "open")
	switch chosen {
	case "open":
	case "mine":
		f.Assignee = who.ID
	case "decided":
		f.Decided = true
	default:
		return models.BadField("show", "show must be open, mine or decided")
	}
	list, more, err := k.Lookups.Disputes(ctx, f)
	if err != nil {
		return err
	}
	view := conflictsView{Decided: f.Decided}
	for _, t := range []struct{ name, text string }{{"open", "Open"}, {"mine", "Mine"}, {"decided", "Decided"}} {
		view.Tabs = append(view.Tabs, tab{t.text, conflictsAt(c, t.name, ""), t.name == chosen})
	}
	if view.Rows, err = k.conflictRows(ctx, c, list); err != nil {
		return err
	}
	if more {
		view.Older = conflictsAt(c, chosen, list[len(list)-1].LookupID)
	}
	return show(c, "conflicts", "Conflicts", view)
}

// conflictsAt is the address of a part of the queue.
func conflictsAt(c *fiber.Ctx, show, before string) string {
	at := root + "/conflicts?show=" + show
	if sandboxed(c) {
		at += "&env=sandbox"
	}
	if before != "" {
		at += "&before=" + before
	}
	return at
}

func (k *console) conflictRows(ctx context.Context, c *fiber.Ctx, list []lookup.Dispute) (rows []conflictRow, err error) {
	ids := make([]string, len(list))
	for i, d := range list {
		ids[i] = d.LookupID
	}
	records, err := k.Lookups.Records(ctx, signedIn(c).BusinessID, ids)
	if err != nil {
		return nil, err
	}
	names, err := k.names(c)
	if err != nil {
		return nil, err
	}
	masked := veil(true)
	for _, d := range list {
		row := conflictRow{ID: d.LookupID, Mark: checkTags[d.Checked], Stands: d.Stands}
		if d.Assignee != "" {
			row.Assignee = named(names, d.Assignee)
		}
		if r := records[d.LookupID]; r != nil {
			row.Number, row.RequestedAt = masked.phone(r.Phone()), r.RequestedAt
			if r.Erased() {
				row.Number = "erased"
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// reviewOf gives what a lookup's page shows of its reviews; nil where there is nothing to decide.
func (k *console) reviewOf(c *fiber.Ctx, r *lookup.Record) (*reviewView, error) {
	if !disputed(r) {
		return nil, nil //nolint:nilnil // there is nothing to show
	}
	d, list, err := k.Lookups.Reviews(c.UserContext(), r)
	if err != nil {
		return nil, err
	}
	names, err := k.names(c)
	if err != nil {
		return nil, err
	}
	view := &reviewView{May: signedIn(c).Role.May(staff.Review) && !r.Erased(), Note: formOf(c).Get("note")}
	if d != nil && d.Assignee != "" {
		view.Assignee = named(names, d.Assignee)
	}
	if d != nil {
		view.Stands = d.Stands
	}
	for _, v := range list {
		view.Reviews = append(view.Reviews, reviewRow{v.At, reviewWords(v, names), v.Text})
	}
	for _, s := range r.Statements() {
		view.Sources = append(view.Sources, s.Source)
	}
	people, err := k.Users.List(c.UserContext(), r.BusinessID)
	for _, p := range people {
		if p.DisabledAt.IsZero() && p.Role.May(staff.Review) {
			view.People = append(view.People, ownerRow{p.ID, p.Name})
		}
	}
	return view, err
}

func disputed(r *lookup.Record) bool {
	return r.Checked == models.CheckConflict || r.Checked == models.CheckUnavailable
}

// reviewWords say what was done.
func reviewWords(v lookup.Review, names map[string]string) string {
	var did []string
	if v.Assignee != "" {
		did = append(did, "gave it to "+named(names, v.Assignee))
	}
	switch v.Stands {
	case "":
	case lookup.Neither:
		did = append(did, "decided that no answer stands")
	default:
		did = append(did, "decided that the answer of "+v.Stands+" stands")
	}
	if len(did) == 0 {
		did = append(did, "wrote a note")
	}
	return named(names, v.Actor) + " " + strings.Join(did, " and ")
}

// review answers POST /console/lookups/:id/review.
func (k *console) review(c *fiber.Ctx) error {
	r, err := k.record(c)
	if err != nil {
		return err
	}
	who, form := signedIn(c), formOf(c)
	v := lookup.Review{
		BusinessID: who.BusinessID, LookupID: r.ID, Actor: who.ID, Assignee: form.Get("assignee"), Stands: form.Get("stands"),
		Text: strings.TrimSpace(strings.ReplaceAll(form.Get("note"), "\r\n", "\n")),
	}
	if err := k.assignable(c, v.Assignee); err != nil {
		return again(c, err, k.lookup)
	}
	if err := k.Review(c.UserContext(), r.Sandbox, v); err != nil {
		return again(c, err, k.lookup)
	}
	return done(c, "/lookups/"+r.ID, "review")
}

// assignable refuses somebody who cannot decide, or whom the business does not know.
func (k *console) assignable(c *fiber.Ctx, id string) error {
	if id == "" {
		return nil
	}
	people, err := k.Users.List(c.UserContext(), signedIn(c).BusinessID)
	for _, p := range people {
		if p.ID == id && p.DisabledAt.IsZero() && p.Role.May(staff.Review) {
			return err
		}
	}
	if err != nil {
		return err
	}
	return models.BadField("assignee", "choose somebody who may decide")
}
