package app

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/handlers/operator"
	"whoseline/models"
)

// sourceSwitch is a source that the operator has switched off, or on again.
type sourceSwitch struct {
	Source string    `gorm:"primaryKey"`
	OffAt  time.Time // zero = it is on
	ByWhom string
	Reason string
}

// TableName is the table of switches.
func (sourceSwitch) TableName() string { return "source_switches" }

func (s sourceSwitch) row() audit.Row {
	off := ""
	if !s.OffAt.IsZero() {
		off = strconv.FormatInt(s.OffAt.UnixMicro(), 10)
	}
	return audit.Row{Table: "source_switches", ID: s.Source, Fields: []string{off, s.ByWhom, s.Reason}}
}

// SwitchSource switches a live source off with a reason, or with on again, as the actor in the context. Here it holds at once, in the other
// gateways within seconds. What is under way ends as it would.
func (a *App) SwitchSource(ctx context.Context, source string, on bool, by, reason string) error {
	known := false
	for _, h := range a.Live.Health() {
		known = known || h.Name == source
	}
	if !known {
		return models.Fail(models.NotFound, "there is no such source")
	}
	s := sourceSwitch{Source: source, ByWhom: by}
	if !on {
		if err := models.CheckName("reason", reason); err != nil {
			return err
		}
		s.OffAt, s.Reason = a.World.Now().UTC().Truncate(time.Microsecond), reason
	}
	if err := a.switches().set(ctx, s, func(tx *gorm.DB) error {
		action := "source.switched_off"
		if on {
			action = "source.switched_on"
		}
		return a.Trail.NoteWith(tx, audit.Event{
			BusinessID: access.OperatorTrail, Actor: by, Action: action, Target: source, Rows: []audit.Row{s.row()},
			Detail: audit.Details(map[string]any{"reason": s.Reason}),
		})
	}); err != nil {
		return models.FaultIn("switch a source", err)
	}
	return a.obeySwitches(ctx)
}

// obeySwitches has the live router ask nothing of what is switched off.
func (a *App) obeySwitches(ctx context.Context) error {
	list, err := a.switches().all(ctx)
	if err != nil {
		return models.FaultIn("read which sources are switched off", err)
	}
	off := map[string]bool{}
	for _, s := range list {
		off[s.Source] = !s.OffAt.IsZero()
	}
	a.Live.SwitchOff(off)
	return nil
}

// switchedOff gives the sources that are switched off, by their names.
func (a *App) switchedOff(ctx context.Context) (map[string]operator.Switched, error) {
	list, err := a.switches().all(ctx)
	off := map[string]operator.Switched{}
	for _, s := range list {
		if !s.OffAt.IsZero() {
			off[s.Source] = operator.Switched{At: s.OffAt, By: s.ByWhom, Reason: s.Reason}
		}
	}
	return off, models.FaultIn("read which sources are switched off", err)
}

// switchRows gives what the operator's trail tells of switches.
func (a *App) switchRows(ctx context.Context) (rows []audit.Row, err error) {
	list, err := a.switches().all(ctx)
	for _, s := range list {
		rows = append(rows, s.row())
	}
	return rows, models.FaultIn("read the switches of sources", err)
}
