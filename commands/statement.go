package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
)

func (t *terminal) statement() *cli.Command {
	return &cli.Command{
		Name: "statement", Usage: "what a month did to a business's money",
		Flags: []cli.Flag{
			required("business", "`ID` of the business"),
			required("month", "such as 2026-12, in the business's time zone"),
			&cli.BoolFlag{Name: "csv", Usage: "for spreadsheets, in kobo"},
		},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			business, err := a.Businesses.Get(ctx, c.String("business"))
			if err != nil {
				return err
			}
			from, to, err := billing.ParseMonth(c.String("month"), business.Settings.Location())
			if err != nil {
				return err
			}
			m, err := a.Till.Month(ctx, business.ID, from, to)
			if err != nil {
				return err
			}
			if !c.Bool("csv") {
				return t.sayStatement(c, m)
			}
			if c.Bool("json") {
				return usageError{errors.New("say either --csv or --json")}
			}
			return m.WriteCSV(t.Out)
		}),
	}
}

func (t *terminal) sayStatement(c *cli.Command, m billing.MonthStatement) error {
	if c.Bool("json") {
		return t.sayJSON(views.MonthOf(m))
	}
	for _, f := range []struct {
		name   string
		amount int64
	}{
		{"opening", m.Opening},
		{"top-ups", m.TopUps},
		{"captured", -m.Captured},
		{"refunded", m.Refunded},
		{"adjusted", m.Adjusted},
		{"closing", m.Closing},
		{"held of it", m.Unsettled},
	} {
		fmt.Fprintf(t.Out, "%-10s %s\n", f.name, models.NGN(f.amount))
	}
	for _, l := range m.Lines {
		fmt.Fprintf(t.Out, "%-8s %-15s %-10s %-24s %8d  %s\n", l.Kind, l.Product, l.Outcome, l.KeyID, l.Count, models.NGN(l.Amount))
	}
	return nil
}
