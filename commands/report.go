package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/lookup"
	"whoseline/models"
)

func (t *terminal) report() *cli.Command {
	return &cli.Command{
		Name: "report", Usage: "what the sources cost and bring in",
		Commands: []*cli.Command{
			{
				Name: "margin", Usage: "revenue, cost and margin of each source, from the stored lookups of live keys",
				Description: "Reads every lookup of the span. What may have been billed, because no answer came, is counted apart. A source\n" +
					"that is paid in another currency has a line of its own, without a margin.",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "from", Usage: "from this `DAY` on (YYYY-MM-DD, UTC)"},
					&cli.StringFlag{Name: "to", Usage: "up to and including this `DAY`"},
				},
				Action: t.with(t.reportMargin),
			},
			{
				Name: "lookup", Usage: "which sources one lookup asked, why, and what each answer cost",
				Flags:  []cli.Flag{required("business", "`ID` of the business"), required("id", "`ID` of the lookup"), &cli.BoolFlag{Name: "sandbox", Usage: "it was made with a sandbox key"}},
				Action: t.with(t.reportLookup),
			},
		},
	}
}

func (t *terminal) reportMargin(ctx context.Context, c *cli.Command, a *app.App) error {
	span, err := lookup.Days(c.String("from"), c.String("to"))
	if err != nil {
		return usageError{err}
	}
	list, err := a.Lookups.Margins(ctx, span)
	return sayAll(t, c, list, err, func(m lookup.Margin) row {
		return row{m, fmt.Sprintf("%-20s asked %d, billed %d, perhaps %d; answered %d; revenue %s, cost %s, perhaps %s more, margin %s",
			m.Source, m.Asked, m.Billed, m.Unsure, m.Answered, models.NGN(m.Revenue), models.Money{Minor: m.Cost, Currency: m.Currency},
			models.Money{Minor: m.MayCost, Currency: m.Currency}, models.NGN(m.Margin))}
	})
}

func (t *terminal) reportLookup(ctx context.Context, c *cli.Command, a *app.App) error {
	r, err := a.Lookups.Get(ctx, c.String("business"), c.Bool("sandbox"), c.String("id"))
	if err != nil {
		return err
	}
	return sayAll(t, c, r.Exchanges(), nil, func(one models.Attempt) row {
		billed := "costs nothing"
		switch {
		case !one.Outcome.Asked():
			billed = "not asked"
		case one.Billed != "":
			billed = "billed " + string(one.Billed) + ", " + models.Money{Minor: one.CostMinor, Currency: one.Currency}.String()
		}
		return row{one, fmt.Sprintf("%s  %-20s %-14s %6d ms  %-13s score %4d  %s", one.At.Format(time.RFC3339), one.Source,
			one.Outcome, one.Millis, one.Approach, one.Score, billed)}
	})
}
