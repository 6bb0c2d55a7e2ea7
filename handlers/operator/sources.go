package operator

import (
	"strconv"

	"whoseline/views"
)

// sourceView is how a source does, as this gateway sees it.
type sourceView struct {
	Name        string         `json:"name"`
	State       string         `json:"state"` // of its breaker: closed, half-open, open, or none
	SuccessRate *float64       `json:"successRate"`
	LastOutcome string         `json:"lastOutcome"`
	LastAt      *views.Instant `json:"lastAt"`
	Disabled    string         `json:"disabled"` // why the account with it is not used; empty: it is
	RetryAt     *views.Instant `json:"retryAt"`

	OffAt  *views.Instant `json:"offAt"` // when an operator switched it off; null: it is on
	OffBy  string         `json:"offBy,omitempty"`
	OffFor string         `json:"offFor,omitempty"`
}

// Percent is the share of exchanges that went well, in words.
func (v sourceView) Percent() string {
	if v.SuccessRate == nil {
		return "–"
	}
	return strconv.FormatFloat(100**v.SuccessRate, 'f', 1, 64) + " %"
}

// sources answers GET /sources.
func (d *desk) sources(c *call) (any, error) {
	all, err := d.everySource(c)
	return list[sourceView]{Data: all}, err
}

func (d *desk) everySource(c *call) ([]sourceView, error) {
	off, err := d.Sources.Off(c)
	if err != nil {
		return nil, err
	}
	names, err := d.names(c)
	if err != nil {
		return nil, err
	}
	all := []sourceView{}
	for _, s := range d.Sources.Status() {
		v := sourceView{
			Name: s.Name, State: s.State, SuccessRate: s.SuccessRate, LastOutcome: s.LastOutcome, LastAt: views.At(s.LastAt),
			Disabled: s.Disabled, RetryAt: views.At(s.RetryAt),
		}
		if by, is := off[s.Name]; is {
			v.OffAt, v.OffBy, v.OffFor = views.At(by.At), names.of(by.By), by.Reason
		}
		all = append(all, v)
	}
	return all, nil
}

// switchOff answers POST /sources/{source}/off, which wants a reason.
func (d *desk) switchOff(c *call) (any, error) { return d.turn(c, false) }

func (d *desk) switchOn(c *call) (any, error) { return d.turn(c, true) }

func (d *desk) turn(c *call, on bool) (any, error) {
	if err := d.Sources.Switch(c, c.path("source"), on, c.who.OperatorActor(), c.get("reason")); err != nil {
		return nil, err
	}
	return d.sources(c)
}
