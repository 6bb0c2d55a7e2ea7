package console

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

// erasedState is the state of a lookup whose person was erased, as the console's filter has it.
const erasedState = "erased"

// The bounds of the history's list.
const (
	pageSize     = 25
	searchWithin = 31 * 24 * time.Hour // searched where a filter could otherwise read a whole history
)

type lookupsView struct {
	Sandbox              bool
	Env                  string
	Statuses             []option
	From, To             string
	Phone                string
	Member, Equals       string
	JSON                 bool
	Words                string
	Rows                 []lookupRow
	Kept                 []option // what the next page asks for again
	Next                 string
	unsearched, narrowed bool
}

type option struct {
	Name, Value, Text string
	Selected          bool
}

type lookupRow struct {
	ID, Number, Product, Source string
	Status                      tag
	Charged                     int64
	Mark                        *tag
	RequestedAt                 time.Time
}

// lookups answers GET /console/lookups, and POST for filters: a number and metadata stand in no URL.
func (k *console) lookups(c *fiber.Ctx) error {
	asked := asking(c)
	view := viewFilters(asked)
	s, err := k.search(asked)
	if err != nil {
		view.unsearched = true
		return again(c, err, func(c *fiber.Ctx) error { return showLookups(c, view) })
	}
	view.narrowed = asked.Get("from") == "" && !s.From.IsZero()
	v := signedIn(c)
	s.BusinessID = v.BusinessID
	records, more, err := k.Lookups.List(c.UserContext(), s)
	if err != nil {
		return err
	}
	for _, r := range records {
		view.Rows = append(view.Rows, lookupRow{
			ID: r.ID, Number: veil(true).phone(r.Phone()), Product: product(r.Advanced), Source: r.Source,
			Status: lookupTag(r), Charged: r.Charged, Mark: checkTag(r), RequestedAt: r.RequestedAt,
		})
	}
	if more {
		view.Next = edge.EncodeCursor(records[len(records)-1].ID)
	}
	return showLookups(c, view)
}

// asking is what a page of the list is asked for with: a form, or what of it may stand in a URL.
func asking(c *fiber.Ctx) url.Values {
	if c.Method() == fiber.MethodPost {
		return formOf(c)
	}
	asked := url.Values{}
	for _, name := range []string{"env", "status", "from", "to"} {
		if text := c.Query(name); plainText(text) {
			asked.Set(name, text)
		}
	}
	return asked
}

func showLookups(c *fiber.Ctx, view lookupsView) error {
	view.Words = view.words()
	return show(c, "lookups", "Lookups", view)
}

func (v lookupsView) words() string {
	text := fmt.Sprintf("%d lookups, newest first.", len(v.Rows))
	switch {
	case v.unsearched:
		return "Nothing was searched."
	case len(v.Rows) == 0:
		text = "No lookups."
	case v.Next != "":
		text = fmt.Sprintf("%d lookups, newest first. There are older ones.", len(v.Rows))
	}
	if v.narrowed {
		text += fmt.Sprintf(" Only %d days were searched; say from when to search further back.", searchWithin/(24*time.Hour))
	}
	return text
}

// search reads filters. A filter that could read a business's whole history for nothing looks at the latest days,
// or those up to the last one asked for, unless a first day is given.
func (k *console) search(asked url.Values) (s lookup.Search, err error) {
	if s.Before, err = edge.Cursor(map[string]string{"cursor": asked.Get("cursor")}); err != nil {
		return s, err
	}
	if s.Status, s.Erased, err = wantedState(asked.Get("status")); err != nil {
		return s, err
	}
	s.Limit, s.Sandbox = pageSize, asked.Get("env") == "sandbox"
	if s.From, s.To, err = days(asked); err != nil {
		return s, err
	}
	if text := asked.Get("phone"); text != "" {
		if s.Phone, err = models.ParseNigerian(text); err != nil {
			return s, models.BadField("phone", "this is not a valid Nigerian number")
		}
	}
	if s.Metadata, err = wantedMember(asked); err != nil {
		return s, err
	}
	if s.From.IsZero() && s.Phone.IsZero() && (s.Status != "" || s.Erased != nil || s.Metadata != nil) {
		end := k.World.Now()
		if !s.To.IsZero() && s.To.Before(end) {
			end = s.To
		}
		s.From = end.Add(-searchWithin).Truncate(time.Second)
	}
	return s, nil
}

// wantedState reads which lookups are asked for, and whether only those of erased people: nil = both kinds.
func wantedState(text string) (status models.Status, erased *bool, err error) {
	if text == "" {
		return "", nil, nil
	}
	if yes := text == erasedState; yes {
		return "", &yes, nil
	}
	status, err = edge.LookupStatus(map[string]string{"status": text})
	return status, new(bool), err
}

// days reads a span of days, the last one included.
func days(asked url.Values) (from, to time.Time, err error) {
	query := map[string]string{"from": asked.Get("from"), "to": asked.Get("to")}
	if from, err = edge.Moment(query, "from"); err != nil {
		return from, to, err
	}
	if to, err = edge.Moment(query, "to"); err != nil || to.IsZero() {
		return from, to, err
	}
	if to = to.AddDate(0, 0, 1); !from.Before(to) {
		return from, to, models.BadField("from", "from must not be after to")
	}
	return from, to, nil
}

// wantedMember reads the one member of the metadata that a form can ask for.
func wantedMember(asked url.Values) (map[string]json.RawMessage, error) {
	name, text := asked.Get("member"), asked.Get("equals")
	if name == "" && text == "" {
		return nil, nil
	}
	if name == "" || len(name) > 200 || len(text) > 1000 {
		return nil, models.BadField("member", "metadata takes the name of a member, of 200 characters at most, and a value of 1000")
	}
	value := json.RawMessage(edge.Encode(text))
	if asked.Get("kind") == "json" {
		if !json.Valid([]byte(text)) {
			return nil, models.BadField("equals", "the value is not JSON: choose text, or write a number, true or false")
		}
		value = json.RawMessage(edge.Encode(json.RawMessage(text))) // compact, as it was kept
	}
	return map[string]json.RawMessage{name: value}, nil
}

// viewFilters shows filters as they were asked for.
func viewFilters(asked url.Values) lookupsView {
	v := lookupsView{
		Sandbox: asked.Get("env") == "sandbox", Env: "live", From: asked.Get("from"), To: asked.Get("to"), Phone: asked.Get("phone"),
		Member: asked.Get("member"), Equals: asked.Get("equals"), JSON: asked.Get("kind") == "json",
	}
	if v.Sandbox {
		v.Env = "sandbox"
	}
	for _, status := range []models.Status{"", models.StatusFound, models.StatusNotFound, models.StatusPending, models.StatusFailed, erasedState} {
		text := plain(string(status))
		if status == "" {
			text = "any"
		}
		v.Statuses = append(v.Statuses, option{Value: string(status), Text: text, Selected: asked.Get("status") == string(status)})
	}
	for _, name := range []string{"env", "status", "from", "to", "phone", "member", "equals", "kind"} {
		if value := asked.Get(name); value != "" {
			v.Kept = append(v.Kept, option{Name: name, Value: value})
		}
	}
	return v
}
