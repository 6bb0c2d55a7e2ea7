package console

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

// The filters of the list. Those that are not personal stand in its address; of the others, the address has the id under which
// they are kept for the session.
var (
	openFilters     = []string{"status", "check", "source", "key", "product", "from", "to"}
	personalFilters = []string{"phone", "member", "equals", "kind", "any"}
)

// erasedState is the state of a lookup whose person was erased, as the console's filter has it.
const erasedState = "erased"

// searchWithin is searched where a filter could otherwise read a whole history.
const searchWithin = 31 * 24 * time.Hour

// filters are what a list is narrowed by, as it was asked for, with the environment, the order and the place in the list.
type filters struct {
	url.Values
	zone *time.Location
}

// address is the list's, with some of the filters changed. An empty value takes one away. The place in the list is left out.
func (f filters) address(change ...string) string {
	asked := url.Values{}
	for _, name := range append([]string{"env", "sort", "search", "all"}, openFilters...) {
		if value := f.Get(name); value != "" {
			asked.Set(name, value)
		}
	}
	for i := 0; i+1 < len(change); i += 2 {
		asked.Del(change[i])
		if change[i+1] != "" {
			asked.Set(change[i], change[i+1])
		}
	}
	if asked.Get("env") == "live" {
		asked.Del("env")
	}
	if len(asked) == 0 {
		return root + "/lookups"
	}
	return root + "/lookups?" + asked.Encode()
}

// asking is what a list is asked for with: its address, and what is kept for the session. forgotten: that is kept no more.
func (k *console) asking(c *fiber.Ctx) (f filters, forgotten bool, err error) {
	f = filters{url.Values{}, zone(c)}
	for _, name := range append([]string{"env", "sort", "search", "all", "before", "after"}, openFilters...) {
		if text := c.Query(name); text != "" && plainText(text) {
			f.Set(name, text)
		}
	}
	id := f.Get("search")
	if id == "" {
		return f, false, nil
	}
	kept, err := k.Users.Kept(c.UserContext(), *signedIn(c), id)
	if models.CodeOf(err) == models.NotFound {
		f.Del("search")
		return f, true, nil
	}
	if err != nil {
		return f, false, err
	}
	var personal map[string]string
	if err := json.Unmarshal(kept, &personal); err != nil {
		return f, false, models.Fault(err)
	}
	for name, value := range personal {
		f.Set(name, value)
	}
	return f, false, nil
}

// keep keeps what is personal of some filters for the session, and gives the address of the list.
func (k *console) keep(c *fiber.Ctx, f filters) (string, error) {
	personal := map[string]string{}
	for _, name := range personalFilters {
		if value := f.Get(name); value != "" && (name != "kind" || f.Get("member") != "") {
			personal[name] = value
		}
	}
	if len(personal) == 0 {
		return f.address("search", ""), nil
	}
	text, err := json.Marshal(personal)
	if err != nil {
		return "", models.Fault(err)
	}
	id, err := k.Users.Keep(c.UserContext(), *signedIn(c), text)
	return f.address("search", id), err
}

// search reads filters. A filter that could read a business's whole history for nothing looks at the latest days, or those up
// to the last one asked for, unless a first day or the whole history is asked for.
func (k *console) search(f filters) (s lookup.Search, err error) {
	s.Limit, s.Sandbox, s.Oldest = pageSize, f.Get("env") == "sandbox", f.Get("sort") == "oldest"
	for name, into := range map[string]*string{"before": &s.Before, "after": &s.After} {
		if *into, err = edge.Cursor(map[string]string{"cursor": f.Get(name)}); err != nil {
			return s, err
		}
	}
	if s.Status, s.Erased, err = wantedState(f.Get("status")); err != nil {
		return s, err
	}
	if err = wantedRow(f, &s); err != nil {
		return s, err
	}
	if s.From, s.To, err = days(f.Get("from"), f.Get("to"), f.zone); err != nil {
		return s, err
	}
	if text := f.Get("phone"); text != "" {
		if s.Phone, err = models.ParseNigerian(text); err != nil {
			return s, models.BadField("phone", "this is not a valid Nigerian number")
		}
	}
	if s.Metadata, err = wantedMember(f.Values); err != nil {
		return s, err
	}
	k.bound(f, &s)
	return s, nil
}

// bound keeps the one filter that no index knows from reading a whole history unasked.
func (k *console) bound(f filters, s *lookup.Search) {
	if s.Erased == nil || !s.From.IsZero() || !s.Phone.IsZero() || f.Get("all") != "" {
		return
	}
	end := k.World.Now()
	if !s.To.IsZero() && s.To.Before(end) {
		end = s.To
	}
	s.From = end.Add(-searchWithin).Truncate(time.Second)
}

// wantedRow reads what a lookup's row is to have as it is asked for.
func wantedRow(f filters, s *lookup.Search) error {
	s.Check, s.Source, s.KeyID = models.Check(f.Get("check")), f.Get("source"), f.Get("key")
	switch s.Check {
	case "", models.CheckAgreed, models.CheckConflict, models.CheckUnavailable:
	default:
		return models.BadField("check", "check must be agreed, conflict or unavailable")
	}
	if s.KeyID != "" && !models.IsID(s.KeyID) || len(s.Source) > models.MaxID {
		return models.BadField("key", "there is no such key or source")
	}
	switch f.Get("product") {
	case "":
	case "advanced", "basic":
		advanced := f.Get("product") == "advanced"
		s.Advanced = &advanced
	default:
		return models.BadField("product", "product must be basic or advanced")
	}
	return nil
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

// days reads a span of days in a zone, the last one included.
func days(first, last string, zone *time.Location) (from, to time.Time, err error) {
	if from, err = dayOf("from", first, zone); err != nil {
		return from, to, err
	}
	if to, err = dayOf("to", last, zone); err != nil || to.IsZero() {
		return from, to, err
	}
	if to = to.AddDate(0, 0, 1); !from.Before(to) {
		return from, to, models.BadField("from", "from must not be after to")
	}
	return from, to, nil
}

// dayOf reads a day and gives its first moment in a zone, the zero time where none is given.
func dayOf(name, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || at.Year() < 1970 || at.Year() > 2099 {
		return time.Time{}, models.BadField(name, name+" must be a day, such as 2026-11-30")
	}
	return at, nil
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
