package operator

import (
	"context"
	"strconv"
	"strings"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/views"
)

// todayView is what waits for somebody, and whether the house stands.
type todayView struct {
	Approvals int            `json:"approvals"`
	Resting   int            `json:"sourcesResting"` // sources that this gateway asks nothing at the moment
	Sources   int            `json:"sources"`
	Verified  *views.Instant `json:"verifiedAt"` // when all books were last found true; null: never
	Hangs     float64        `json:"commitHangsSeconds"`
}

// today answers GET /.
func (d *desk) today(c *call) (any, error) {
	all, err := d.Till.Waiting(c)
	if err != nil {
		return nil, err
	}
	view := todayView{Approvals: len(all), Hangs: d.Till.Hangs().Seconds()}
	sources, err := d.everySource(c)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		if view.Sources++; s.State == "open" || s.Disabled != "" || s.OffAt != nil {
			view.Resting++
		}
	}
	at, err := d.Verified(c)
	view.Verified = views.At(at)
	return view, err
}

// trailRow is an event, with the name of whoever it is of.
type trailRow struct {
	views.AuditEvent
	ActorName string `json:"actorName"`
}

// Said is the detail as text.
func (r trailRow) Said() string { return strings.Trim(string(r.Detail), "{}") }

// trail answers GET /trail?before=: what the operator's people did that concerns no business in particular.
func (d *desk) trail(c *call) (any, error) {
	before := int64(0)
	if text := c.get("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return nil, models.BadField("before", "there is no such page")
		}
	}
	events, more, err := d.Trail.List(c, d.Owner, before, pageSize)
	if err != nil {
		return nil, err
	}
	names, err := d.names(c)
	if err != nil {
		return nil, err
	}
	answer := list[trailRow]{Data: []trailRow{}}
	for _, e := range events {
		answer.Data = append(answer.Data, trailRow{views.AuditEventOf(e), names.of(e.Actor)})
	}
	if more {
		answer.Next = strconv.FormatInt(events[len(events)-1].Seq, 10)
	}
	return answer, nil
}

// names are the names of the operator's people by their ids.
type names map[string]string

func (d *desk) names(ctx context.Context) (names, error) {
	people, err := d.Users.List(ctx, d.Owner)
	all := names{}
	for _, p := range people {
		if all[p.ID] = p.Name; p.Name == "" {
			all[p.ID] = p.Email
		}
	}
	return all, err
}

// of gives the name of an actor, or the actor.
func (n names) of(actor string) string {
	if name := n[strings.TrimPrefix(actor, audit.Operator+" ")]; name != "" {
		return name
	}
	return actor
}
