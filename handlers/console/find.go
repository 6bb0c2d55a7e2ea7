package console

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

// find answers POST /console/find, the box on every page: the id of a lookup or of a request, a number, an idempotency key, or the
// value of a metadata member. One lookup is shown, several are listed.
func (k *console) find(c *fiber.Ctx) error {
	text := strings.TrimSpace(formOf(c).Get("find"))
	c.Locals(sandboxKey, formOf(c).Get("env") == "sandbox")
	if text == "" {
		return again(c, models.BadField("find", "type what is to be found"), func(c *fiber.Ctx) error { return k.showUnsearched(c, k.nothing(c)) })
	}
	id, err := k.oneLookup(c, text)
	if err != nil {
		return err
	}
	if id != "" {
		return seeOther(c, root+"/lookups/"+id)
	}
	f := k.nothing(c)
	f.Set("any", text)
	if _, err := models.ParseNigerian(text); err == nil {
		f.Del("any")
		f.Set("phone", text)
	}
	to, err := k.keep(c, f)
	if err != nil {
		return err
	}
	return seeOther(c, to)
}

// nothing is a list without filters, in the environment that a form was sent from.
func (k *console) nothing(c *fiber.Ctx) filters {
	f := filters{map[string][]string{}, zone(c)}
	if sandboxed(c) {
		f.Set("env", "sandbox")
	}
	return f
}

// oneLookup gives the id of the one lookup that a text is about, "" when it is about none or many.
func (k *console) oneLookup(c *fiber.Ctx, text string) (string, error) {
	ctx, business := c.UserContext(), signedIn(c).BusinessID
	if !models.IsID(text) {
		return k.Lookups.ByIdempotencyKey(ctx, business, text)
	}
	known, err := k.Lookups.Among(ctx, business, []string{text})
	if err != nil || known[text] {
		return orText(text, err != nil), err
	}
	at, _ := models.TimeOf(text)
	return k.Lookups.ByRequest(ctx, business, text, at)
}

// anyOf gives the members that would have a text as their value, as text or as what it is in JSON.
func anyOf(names []string, text string) (members []lookup.Member) {
	for _, name := range names {
		members = append(members, lookup.Member{Name: name, Value: edge.Encode(text)})
		if json.Valid([]byte(text)) {
			members = append(members, lookup.Member{Name: name, Value: edge.Encode(json.RawMessage(text))})
		}
	}
	return members
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// lower begins a sentence of ours in the middle of another one.
func lower(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToLower(first)) + text[size:]
}

func statusOptions() (all []option) {
	for _, status := range []models.Status{models.StatusFound, models.StatusNotFound, models.StatusPending, models.StatusFailed, erasedState} {
		all = append(all, option{Value: string(status), Text: capital(plain(string(status)))})
	}
	return all
}

// sourceOptions are the sources that are asked, and those that were configured.
func (k *console) sourceOptions() (all []option) {
	for _, s := range k.Sources() {
		all = append(all, option{Value: s.Name, Text: s.Name})
	}
	return all
}

// keyOptions are the keys among what has a name, in the order of their names.
func keyOptions(names map[string]string) (all []option) {
	for _, id := range slices.Sorted(maps.Keys(names)) {
		if strings.HasPrefix(names[id], "Key “") {
			all = append(all, option{Value: id, Text: keyName(names, id)})
		}
	}
	slices.SortStableFunc(all, func(a, b option) int { return strings.Compare(a.Text, b.Text) })
	return all
}

// keyName is the name of a key alone.
func keyName(names map[string]string, id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(named(names, id), "Key “"), "”")
}
