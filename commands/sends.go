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
)

// sendView is a decision about sending a code. It names no number and no person.
type sendView struct {
	ID       string              `json:"id"`
	At       time.Time           `json:"at"`
	Verdict  models.SendDecision `json:"verdict"`
	Reasons  []string            `json:"reasons"`
	Channel  models.Channel      `json:"channel"`
	Region   string              `json:"region"`
	Outcome  string              `json:"outcome"`
	Provider string              `json:"provider"`
	Segments int                 `json:"segments"`
	Cost     int64               `json:"cost"`
}

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
		v := sendView{s.ID, s.At.UTC(), s.Decision, s.Reasons, s.Channel, s.Region, s.Outcome, s.Provider, s.Segments, s.Cost}
		return row{v, fmt.Sprintf("%s  %s  %-11s %-5s %-2s %-14s %s", v.ID, v.At.Format(time.RFC3339), v.Verdict, v.Channel, v.Region,
			v.Outcome, strings.Join(v.Reasons, ","))}
	})
}
