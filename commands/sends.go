package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/views"
)

func (t *terminal) sends() *cli.Command {
	return &cli.Command{
		Name: "sends", Usage: "decisions about sending codes, newest first, with their reasons",
		Flags: []cli.Flag{
			required("business", "`ID` of the business"),
			&cli.BoolFlag{Name: "sandbox", Usage: "those of sandbox keys"},
			&cli.StringFlag{Name: "verdict", Usage: "only allowed, recorded, refused or handed_back ones"},
			&cli.StringFlag{Name: "before", Usage: "only those older than the one with this `ID`"},
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "how many, at most 100"},
		},
		Action: t.with(t.listSends),
	}
}

func (t *terminal) listSends(ctx context.Context, c *cli.Command, a *app.App) error {
	list, err := a.Possession.Decisions(ctx, possession.Sendings{
		BusinessID: c.String("business"), Sandbox: c.Bool("sandbox"), Decision: models.SendDecision(c.String("verdict")),
		Before: c.String("before"), Limit: c.Int("limit"),
	})
	return sayAll(t, c, list, err, func(s models.Sending) row {
		return row{views.SendDecisionOf(s), fmt.Sprintf("%s  %s  %-11s %-5s %-2s %-14s %s", s.ID, s.At.UTC().Format(time.RFC3339), s.Decision,
			s.Channel, s.Region, s.Outcome, strings.Join(s.Reasons, ","))}
	})
}
