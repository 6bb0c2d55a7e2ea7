package commands

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
	"whoseline/audit"
	"whoseline/views"
)

func (t *terminal) audit() *cli.Command {
	return &cli.Command{
		Name: "audit", Usage: "who did what in a business, newest first, one a line",
		Description: "Lists changes of keys, users and roles, sessions and what was revealed. `whoseline verify` proves that no row\n" +
			"was changed or taken away.",
		Flags: []cli.Flag{
			required("business", "`ID` of the business; "+access.OperatorTrail+": what you did for none in particular"),
			&cli.Int64Flag{Name: "before", Usage: "only events before this `NUMBER`"},
			&cli.IntFlag{Name: "limit", Value: 50, Usage: "how many at most"},
		},
		Action: t.with(t.listEvents),
	}
}

func (t *terminal) listEvents(ctx context.Context, c *cli.Command, a *app.App) error {
	before, left := c.Int64("before"), c.Int("limit")
	if left < 1 || before < 0 {
		return usageError{errors.New("--limit must be at least 1 and --before not negative")}
	}
	if id := c.String("business"); id != access.OperatorTrail {
		if _, err := a.Businesses.Get(ctx, id); err != nil {
			return err
		}
	}
	for more := true; more && left > 0; {
		var events []audit.Event
		var err error
		events, more, err = a.Trail.List(ctx, c.String("business"), before, min(left, 100))
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := t.sayEvent(c, e); err != nil {
				return err
			}
			before, left = e.Seq, left-1
		}
	}
	return nil
}

func (t *terminal) sayEvent(c *cli.Command, e audit.Event) error {
	return t.say(c, views.AuditEventOf(e), "%d  %s  %-24s  %-20s  %s  %s", e.Seq, e.At.Format(time.RFC3339), e.Actor, e.Action, e.Target, e.Detail)
}
