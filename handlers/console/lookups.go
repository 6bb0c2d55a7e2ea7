package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/tidwall/gjson"

	"whoseline/handlers/edge"
	"whoseline/lookup"
)

// pageSize is how many rows a list shows at once.
const pageSize = 25

type lookupsView struct {
	Env, Sort, From, To string
	Choices             []choice
	Phone               string
	Member, Equals      string
	JSON, Open, Oldest  bool
	Chips               []chip
	Clear, Other, Wider string // addresses: without filters, in the other order, over the whole history
	Words, Note, Span   string
	Members             []string // columns of metadata that the business marked as not personal
	Columns             int
	Rows                []lookupRow
	Days                []group[lookupRow]
	Newer, Older        string
	narrowed            bool
}

// choice is a filter with the values that it can have.
type choice struct {
	Name, Label string
	Options     []option
}

type option struct {
	Value, Text string
	Selected    bool
}

type lookupRow struct {
	ID, Number, Name, Product, Asker, Source, Charge string
	Status                                           tag
	Mark                                             *tag
	Members                                          []string
	RequestedAt                                      time.Time
}

// lookups answers GET /console/lookups.
func (k *console) lookups(c *fiber.Ctx) error {
	f, forgotten, err := k.asking(c)
	if err != nil {
		return err
	}
	if forgotten {
		c.Locals(problemKey, "What was searched for is forgotten: it was kept for another session. Type it again.")
	}
	s, err := k.search(f)
	if err != nil {
		return again(c, err, func(c *fiber.Ctx) error { return k.showUnsearched(c, f) })
	}
	return k.list(c, f, s)
}

// narrowLookups answers POST /console/lookups: it leads to the list with these filters. A number and metadata stand in no address.
func (k *console) narrowLookups(c *fiber.Ctx) error {
	f := filters{formOf(c), zone(c)}
	c.Locals(sandboxKey, f.Get("env") == "sandbox")
	f.Del("any")
	for _, name := range []string{"phone", "member", "equals"} {
		f.Set(name, strings.TrimSpace(f.Get(name)))
	}
	if _, err := k.search(f); err != nil {
		return again(c, err, func(c *fiber.Ctx) error { return k.showUnsearched(c, f) })
	}
	to, err := k.keep(c, f)
	if err != nil {
		return err
	}
	return seeOther(c, to)
}

// showUnsearched shows the filters as they were typed, for nothing was searched.
func (k *console) showUnsearched(c *fiber.Ctx, f filters) error {
	names, err := k.names(c)
	if err != nil {
		return err
	}
	view := k.viewFilters(f, names, businessOf(c).Settings.PlainMembers)
	view.Open, view.Words, view.Chips = true, "Nothing was searched.", nil
	return show(c, "lookups", "Lookups", view)
}

func (k *console) list(c *fiber.Ctx, f filters, s lookup.Search) error {
	v := signedIn(c)
	s.BusinessID = v.BusinessID
	if err := k.anyMember(c, f, &s); err != nil {
		return err
	}
	records, more, err := k.Lookups.List(c.UserContext(), s)
	if err != nil {
		return err
	}
	names, err := k.names(c)
	if err != nil {
		return err
	}
	view := k.viewFilters(f, names, businessOf(c).Settings.PlainMembers)
	view.narrowed = f.Get("from") == "" && !s.From.IsZero()
	for _, r := range records {
		view.Rows = append(view.Rows, viewRow(c, r, names, view.Members))
	}
	view.Days = byDay(zone(c), view.Rows, func(r lookupRow) time.Time { return r.RequestedAt })
	if n := len(records); n > 0 {
		view.Span = spanned(zone(c), records[0].RequestedAt, records[n-1].RequestedAt)
		view.turn(f, s, more, [2]string{records[0].ID, records[n-1].ID})
	}
	view.Words, view.Note = view.words(), view.note()
	if view.narrowed && len(records) == 0 {
		view.Wider = f.address("all", "yes")
	}
	return show(c, "lookups", "Lookups", view)
}

// anyMember has a search find the lookups of which one member is a text that was typed into the box.
func (k *console) anyMember(c *fiber.Ctx, f filters, s *lookup.Search) error {
	text := f.Get("any")
	if text == "" {
		return nil
	}
	names, err := k.Lookups.MemberNames(c.UserContext(), s.BusinessID, s.Sandbox)
	if err != nil {
		return err
	}
	s.Any = anyOf(names, text)
	return nil
}

// turn gives the addresses of the pages beside this one, whose first and last rows have some ids.
func (v *lookupsView) turn(f filters, s lookup.Search, more bool, ends [2]string) {
	rising := s.After != "" || s.Oldest && s.Before == ""
	newest, oldest := ends[0], ends[1]
	if s.Oldest {
		newest, oldest = oldest, newest
	}
	if rising && more || !rising && s.Before != "" {
		v.Newer = f.address("after", edge.EncodeCursor(newest))
	}
	if !rising && more || rising && s.After != "" {
		v.Older = f.address("before", edge.EncodeCursor(oldest))
	}
}

func viewRow(c *fiber.Ctx, r *lookup.Record, names map[string]string, members []string) lookupRow {
	if businessOf(c).Settings.Release.Withholds() {
		r.Withhold()
	}
	row := lookupRow{
		ID: r.ID, Number: veil(true).phone(r.Phone()), Product: productName(r.Advanced), Source: r.Source, Status: lookupTag(r),
		Mark: checkTag(r), RequestedAt: r.RequestedAt, Asker: keyName(names, r.KeyID), Charge: chargeOf(r),
	}
	if len(r.Said.Owners) > 0 {
		row.Name = veil(true).words(r.Said.Owners[0].Printed())
	}
	for _, member := range members {
		row.Members = append(row.Members, gjson.GetBytes(r.Asked.Metadata, gjson.Escape(member)).String())
	}
	return row
}

// chargeOf is what a lookup costs, or may cost.
func chargeOf(r *lookup.Record) string {
	if !r.Status.Settled() && r.Held > 0 {
		return naira(r.Held) + " held"
	}
	return naira(r.Charged)
}

func (v lookupsView) words() string {
	switch n := len(v.Rows); {
	case n == 0 && len(v.Chips) > 0:
		return "No lookup matches"
	case n == 0:
		return "No lookups yet"
	case n == 1:
		return "1 lookup"
	default:
		return fmt.Sprintf("%d lookups", n)
	}
}

func (v lookupsView) note() string {
	if !v.narrowed {
		return ""
	}
	return fmt.Sprintf("Only %d days were searched. Say from when to search further back.", searchWithin/(24*time.Hour))
}

// viewFilters shows filters as they were asked for.
func (k *console) viewFilters(f filters, names map[string]string, members []string) lookupsView {
	v := lookupsView{
		Env: "live", Sort: f.Get("sort"), From: f.Get("from"), To: f.Get("to"), Phone: f.Get("phone"), Oldest: f.Get("sort") == "oldest",
		Member: f.Get("member"), Equals: f.Get("equals"), JSON: f.Get("kind") == "json", Chips: f.chips(names), Members: members,
	}
	v.Columns = 8 + len(v.Members)
	if f.Get("env") == "sandbox" {
		v.Env = "sandbox"
	}
	v.Clear = filters{map[string][]string{"env": {v.Env}, "sort": {v.Sort}}, f.zone}.address()
	v.Other = f.address("sort", "oldest")
	if v.Oldest {
		v.Other = f.address("sort", "")
	}
	choose := func(name, label string, options ...option) {
		for i := range options {
			options[i].Selected = options[i].Value == f.Get(name)
		}
		v.Choices = append(v.Choices, choice{name, label, options})
	}
	choose("status", "Status", statusOptions()...)
	choose("check", "Cross-check", option{Value: "conflict", Text: "Conflict"}, option{Value: "agreed", Text: "Agreed"}, option{Value: "unavailable", Text: "One answer only"})
	choose("product", "Product", option{Value: "basic", Text: "Basic"}, option{Value: "advanced", Text: "Advanced"})
	choose("source", "Source", k.sourceOptions()...)
	choose("key", "Asked by", keyOptions(names)...)
	return v
}
