package operator

import (
	"context"
	"strconv"
	"strings"

	"whoseline/audit"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// todayView is what waits for somebody.
type todayView struct {
	Approvals int `json:"approvals"`
	Resting   int `json:"sourcesResting"` // sources that this gateway asks nothing at the moment
	Sources   int `json:"sources"`
}

// today answers GET /.
func (d *desk) today(c *call) (any, error) {
	all, err := d.Till.Waiting(c)
	view := todayView{Approvals: len(all)}
	for _, s := range d.Sources() {
		if view.Sources++; s.State == "open" || s.Disabled != "" {
			view.Resting++
		}
	}
	return view, err
}

// sourceView is how a source does, as this gateway sees it.
type sourceView struct {
	Name        string         `json:"name"`
	State       string         `json:"state"` // of its breaker: closed, half-open, open, or none
	SuccessRate *float64       `json:"successRate"`
	LastOutcome string         `json:"lastOutcome"`
	LastAt      *views.Instant `json:"lastAt"`
	Disabled    string         `json:"disabled"` // why the account with it is not used; empty: it is
	RetryAt     *views.Instant `json:"retryAt"`
}

// Percent is the share of exchanges that went well, in words.
func (v sourceView) Percent() string {
	if v.SuccessRate == nil {
		return "–"
	}
	return strconv.FormatFloat(100**v.SuccessRate, 'f', 1, 64) + " %"
}

// sources answers GET /sources.
func (d *desk) sources(*call) (any, error) {
	answer := list[sourceView]{Data: []sourceView{}}
	for _, s := range d.Sources() {
		answer.Data = append(answer.Data, viewSource(s))
	}
	return answer, nil
}

func viewSource(s edge.SourceStatus) sourceView {
	return sourceView{s.Name, s.State, s.SuccessRate, s.LastOutcome, views.At(s.LastAt), s.Disabled, views.At(s.RetryAt)}
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
