package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tidwall/gjson"

	"whoseline/audit"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/webhooks"
)

// moment is one thing that happened to a lookup, or will.
type moment struct {
	At    time.Time
	When  string // in words, where there is no time
	Class string // "" for what went as it should: bad, clash, plain, wait, next
	Title string
	Aside string // goes on behind the title
	Words string
	Href  string
	Link  string
}

// story is what a page tells a lookup's timeline from.
type story struct {
	record    *lookup.Record
	confirmed lookup.Confirmation
	standing  possession.Standing
	transfers []models.Transfer
	events    []models.WebhookEvent
	delivered map[string][]models.WebhookDelivery // by the event's id
	endpoints map[string]string                   // addresses by id
	revealed  []audit.Event
	names     map[string]string
	now       time.Time
	zone      *time.Location
}

// gather reads what happened to a lookup.
func (k *console) gather(c *fiber.Ctx, r *lookup.Record) (s story, err error) {
	ctx := c.UserContext()
	s = story{record: r, now: k.World.Now(), zone: zone(c), delivered: map[string][]models.WebhookDelivery{}, endpoints: map[string]string{}}
	if s.names, err = k.names(c); err != nil {
		return s, err
	}
	if s.transfers, err = k.Till.TransfersFor(ctx, r.BusinessID, r.ID); err != nil {
		return s, err
	}
	if s.revealed, err = k.Trail.Reveals(ctx, r.BusinessID, r.ID); err != nil {
		return s, err
	}
	if s.confirmed, err = k.Lookups.Confirmation(ctx, r.BusinessID, r.ID); err != nil {
		return s, err
	}
	if s.confirmed.Bound {
		if s.standing, err = k.Possession.Standing(ctx, possession.ForLookup(r.BusinessID, r.Sandbox, r.ID)); err != nil {
			return s, err
		}
	}
	return s, k.gatherTold(c, &s)
}

// gatherTold reads what the business was told of a lookup.
func (k *console) gatherTold(c *fiber.Ctx, s *story) (err error) {
	ctx, business := c.UserContext(), s.record.BusinessID
	if s.events, _, err = k.Webhooks.Events(ctx, webhooks.Search{BusinessID: business, LookupID: s.record.ID}); err != nil {
		return err
	}
	for _, e := range s.events {
		if s.delivered[e.ID], _, err = k.Webhooks.Deliveries(ctx, webhooks.Search{BusinessID: business, EventID: e.ID}); err != nil {
			return err
		}
	}
	if len(s.events) == 0 {
		return nil
	}
	all, err := k.Webhooks.Endpoints(ctx, business)
	for _, e := range all {
		s.endpoints[e.ID] = hostOf(e.URL)
	}
	return err
}

// awaitsCode tells whether the lookup waits for its number to confirm a code.
func (s story) awaitsCode() bool {
	return s.confirmed.Bound && s.confirmed.At.IsZero() && !s.record.Status.Settled()
}

// timeline puts in order what happened, and at the end what is to come.
func (s story) timeline() []moment {
	all := slices.Concat(s.asked(), s.money(), s.attempts(), s.told(), s.reveals())
	slices.SortStableFunc(all, func(a, b moment) int { return a.At.Compare(b.At) })
	return append(all, s.toCome()...)
}

func (s story) asked() (all []moment) {
	r := s.record
	words := "Purpose: " + cmp.Or(r.Purpose, "not said")
	all = append(all, moment{At: r.RequestedAt, Title: "Consent stated", Aside: "with the request", Words: words + ". By " + lower(named(s.names, r.KeyID)) + "."})
	if s.standing.Sends > 0 {
		m := moment{At: s.standing.LastSentAt, Title: "Code sent", Words: fmt.Sprintf("To the number itself. Messages so far: %d.", s.standing.Sends)}
		if s.awaitsCode() {
			m.Class, m.Words = "wait", m.Words+fmt.Sprintf(" Codes typed: %d of %d.", s.standing.Tries, models.MaxTries)
		}
		all = append(all, m)
	}
	if !s.confirmed.At.IsZero() {
		all = append(all, moment{At: s.confirmed.At, Title: "Code confirmed", Words: "The number itself has agreed."})
	}
	if r.Status.Settled() {
		all = append(all, s.settled())
	}
	return all
}

func (s story) settled() moment {
	r := s.record
	m := moment{At: r.ModifiedAt, Title: "Ended: " + lower(statusTag(r.Status).Text), Words: chargeWords(r)}
	switch {
	case r.Said.Conflict != nil:
		m.Class, m.Words = "clash", m.Words+" Both answers are kept, neither was chosen."
	case r.Status == models.StatusFailed:
		m.Class, m.Words = "bad", r.Reason+". "+m.Words
	}
	return m
}

func (s story) money() (all []moment) {
	words := map[models.TransferKind]string{models.Hold: "held", models.Capture: "charged", models.Release: "given back"}
	for _, t := range s.transfers {
		all = append(all, moment{
			At: t.CreatedAt, Title: naira(t.Amount) + " " + cmp.Or(words[t.Kind], plain(string(t.Kind))), Class: "plain",
			Words: "Entry " + count(t.Seq) + " of the wallet; " + naira(t.Balance) + " available after it.",
		})
	}
	return all
}

func (s story) attempts() (all []moment) {
	for _, a := range s.record.Exchanges() {
		m := moment{At: a.At, Title: capital(a.Source), Aside: "said: " + plain(string(a.Outcome)) + ", after " + span(time.Duration(a.Millis)*time.Millisecond)}
		if !a.Outcome.Asked() {
			m.Class, m.Aside = "plain", "was not asked: "+plain(string(a.Outcome))
		} else if a.Outcome != models.OutcomeFound && a.Outcome != models.OutcomeNotFound && a.Outcome != models.OutcomePending {
			m.Class = "bad"
		}
		if a.HTTP != 0 {
			m.Words = "Status " + strconv.Itoa(a.HTTP) + ". "
		}
		if a.Ref != "" {
			m.Words += "Reference " + a.Ref + "."
		}
		all = append(all, m)
	}
	return all
}

func (s story) told() (all []moment) {
	for _, e := range s.events {
		if len(s.delivered[e.ID]) == 0 {
			all = append(all, moment{At: e.CreatedAt, Class: "plain", Title: "Event made", Words: e.Type + ". No endpoint is told of it."})
		}
		for _, d := range s.delivered[e.ID] {
			all = append(all, s.delivery(e, d))
		}
	}
	return all
}

func (s story) delivery(e models.WebhookEvent, d models.WebhookDelivery) moment {
	m := moment{At: d.CreatedAt, Title: "Webhook to " + cmp.Or(s.endpoints[d.EndpointID], "an endpoint that was removed"), Words: e.Type + ". ", Href: root + "/webhooks", Link: "Webhooks"}
	tries := strconv.Itoa(d.Attempts) + " tries"
	switch d.State {
	case models.WebhookDelivered:
		m.At, m.Aside, m.Words = d.EndedAt, "delivered", m.Words+"Status "+strconv.Itoa(d.LastStatus)+", "+tries+"."
	case models.WebhookDead:
		m.At, m.Class, m.Aside, m.Words = d.EndedAt, "bad", "given up", m.Words+lastSaid(d)+", "+tries+"."
	default:
		m.Class, m.Aside = "wait", "waits"
		m.Words += "The next try is at " + d.NextAt.In(s.zone).Format(clockForm) + "."
		if d.Attempts > 0 {
			m.Words += " " + capital(lastSaid(d)) + ", " + tries + "."
		}
	}
	return m
}

// lastSaid is what a receiver said last.
func lastSaid(d models.WebhookDelivery) string {
	if d.LastStatus != 0 {
		return "status " + strconv.Itoa(d.LastStatus)
	}
	return cmp.Or(plain(d.LastError), "no answer")
}

func (s story) reveals() (all []moment) {
	for _, e := range s.revealed {
		m := moment{At: e.At, Class: "plain", Title: "Revealed by " + named(s.names, e.Actor)}
		reason := gjson.Get(e.Detail, "reason").String()
		if i := slices.IndexFunc(revealReasons, func(o option) bool { return o.Value == reason }); i >= 0 {
			m.Words = revealReasons[i].Text + "."
		}
		all = append(all, m)
	}
	return all
}

// toCome is what a lookup that has not ended is on its way to.
func (s story) toCome() []moment {
	r := s.record
	switch {
	case r.Status.Settled() || r.Status == models.StatusOpen:
		return nil
	case s.awaitsCode():
		return []moment{
			{When: "then", Class: "next", Title: "A source is asked"},
			{At: r.ExpiresAt, Class: "next", Title: "Or it ends", Words: "As “failed: the number was not confirmed in time”. Nothing is charged then."},
		}
	default:
		return []moment{{At: r.ExpiresAt, Class: "next", Title: "Sources are asked again"}}
	}
}
