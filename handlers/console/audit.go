package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/tidwall/gjson"

	"whoseline/audit"
	"whoseline/models"
)

type auditView struct {
	Days  []group[auditRow]
	Newer bool
	Next  string
	Span  string
}

type auditRow struct {
	audit.Event
	Who, Act, To, Href, More string
}

// audit answers GET /console/audit: who did what, newest first.
func (k *console) audit(c *fiber.Ctx) error {
	before := int64(0)
	if text := c.Query("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return models.BadField("before", "there is no such page")
		}
	}
	events, more, err := k.Trail.List(c.UserContext(), signedIn(c).BusinessID, before, pageSize)
	if err != nil {
		return err
	}
	names, err := k.names(c)
	if err != nil {
		return err
	}
	rows := make([]auditRow, len(events))
	for i, e := range events {
		rows[i] = viewEvent(e, names)
	}
	view := auditView{Newer: before > 0, Days: byDay(zone(c), rows, func(r auditRow) time.Time { return r.At })}
	if len(events) > 0 {
		view.Span = spanned(zone(c), events[0].At, events[len(events)-1].At)
	}
	if more {
		view.Next = strconv.FormatInt(events[len(events)-1].Seq, 10)
	}
	return show(c, "audit", "Audit trail", view)
}

// names gives the names of a business's people and keys, by their ids.
func (k *console) names(c *fiber.Ctx) (map[string]string, error) {
	ctx, business := c.UserContext(), signedIn(c).BusinessID
	people, err := k.Users.List(ctx, business)
	if err != nil {
		return nil, err
	}
	keys, _, err := k.Keys.List(ctx, business, models.Page{Limit: maxNamedKeys})
	if err != nil {
		return nil, err
	}
	names := map[string]string{audit.Operator: "The operator", audit.Retention: "The rule on keeping data", audit.Erasure: "An erasure that was asked for", audit.Unknown: "Somebody"}
	for _, p := range people {
		names[p.ID] = p.Name
	}
	for _, key := range keys {
		names[key.ID] = "Key “" + key.Name + "”"
	}
	return names, nil
}

// maxNamedKeys is how many keys a page knows by their names.
const maxNamedKeys = 100

// acts are what was done as people say it. What is not among them is shown by its own name.
var acts = map[string]string{
	"session.started": "signed in", "session.ended": "signed out", "session.refused": "was refused at sign-in",
	"user.created": "added a colleague", "user.disabled": "shut somebody out", "user.enabled": "let somebody in again",
	"user.password_changed": "changed a password", "user.role_changed": "changed a role",
	"user.second_factor_added": "set up a second factor", "user.second_factor_dropped": "took away a second factor",
	"key.created": "made a key", "key.rotated": "rotated a key", "key.revoked": "revoked a key",
	"lookup.reviewed": "reviewed a conflict", "lookup.revealed": "revealed personal data", "lookup.erased": "erased a person", "erasure.completed": "finished erasing a person",
	"webhook.created": "added an endpoint", "webhook.removed": "removed an endpoint", "webhook.enabled": "resumed an endpoint",
	"webhook.paused": "paused an endpoint", "webhook.tested": "sent a test event", "webhook.replayed": "sent an event again",
	"webhook.replayed_range": "sent a range of events again", "settings.changed": "changed a setting",
	"console.visited": "looked at this console",
}

func viewEvent(e audit.Event, names map[string]string) auditRow {
	row := auditRow{Event: e, Who: named(names, e.Actor), Act: acts[e.Action], To: named(names, e.Target)}
	if row.Act == "" {
		row.Act = e.Action
	}
	if strings.HasPrefix(e.Action, "session.") {
		row.To = ""
	}
	if strings.HasPrefix(e.Action, "lookup.") && models.IsID(e.Target) {
		row.Href = root + "/lookups/" + e.Target
	}
	row.More = readable(e.Detail)
	return row
}

// named gives the name of whoever or whatever an id is of, or the id.
func named(names map[string]string, id string) string {
	if name := names[strings.TrimPrefix(id, "key ")]; name != "" {
		return name
	}
	if strings.HasPrefix(id, audit.Operator+" ") { // which of the operator's people it was is the operator's to know
		return names[audit.Operator]
	}
	return id
}

// readable writes the members of a JSON object as words.
func readable(detail string) string {
	var said []string
	gjson.Parse(detail).ForEach(func(name, value gjson.Result) bool {
		if text := value.String(); text != "" && len(text) <= 100 {
			said = append(said, plain(name.String())+": "+text)
		}
		return true
	})
	return strings.Join(said, ", ")
}
